// A small file of the user's, read whole: a definition, an input, mocks. Never more than kMaxTextFileBytes of it is
// held.
#pragma once

#include <cstddef>
#include <string>

namespace tocsin {

inline constexpr std::size_t kMaxTextFileBytes = std::size_t{16} << 20;

// Throws std::runtime_error with one line that names the file.
std::string read_text_file(const std::string& path);

}  // namespace tocsin
