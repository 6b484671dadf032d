// A list as `--output` asks for it on standard output: a line for each row (text, ndjson), or one JSON array (json). A
// write that fails throws std::runtime_error. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "app/checked_output.h"

namespace tocsin {

class RowList {
 public:
  explicit RowList(std::string_view output) : is_array_(output == "json") {}

  void add(std::string_view row);
  void end();  // the last call
  std::uint64_t rows() const { return rows_; }

 private:
  CheckedOutput out_;
  bool is_array_;
  std::uint64_t rows_ = 0;
};

}  // namespace tocsin
