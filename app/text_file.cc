#include "app/text_file.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace tocsin {

std::string read_text_file(const std::string& path) {
  std::error_code error;
  // A directory opens, and fails only when it is read, with words that say nothing.
  if (std::filesystem::is_directory(path, error)) throw std::runtime_error(path + ": is a directory");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(path + ": can't be read");
  std::string text;
  std::vector<char> block(1 << 16);
  while (in) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    text.append(block.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > kMaxTextFileBytes) throw std::runtime_error(path + ": larger than 16 MiB");
  }
  if (in.bad()) throw std::runtime_error(path + ": can't be read");
  return text;
}

}  // namespace tocsin
