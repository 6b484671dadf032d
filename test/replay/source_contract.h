// What every ByteSource promises, as a suite: the real ones and the fake of the tests are held to it alike. A new
// source is a row in source_contract_test.cc.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "replay/byte_source.h"
#include "test/replay/archives.h"

namespace tocsin::test {

struct SourceCase {
  std::string name;
  // A source of this text; files may be put into the folder.
  std::function<std::unique_ptr<ByteSource>(const TemporaryFolder& folder, const std::string& text)> open;
};

}  // namespace tocsin::test
