// Reads every source file and document of the project and holds them to the rules of the house.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "test/architecture/doc_links.h"
#include "test/architecture/house_rules.h"

namespace tocsin::test {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = TOCSIN_SOURCE_DIR;

std::string read_file(const std::string& path) {
  std::ifstream file(kRoot / path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The files under the folders with one of these endings, from the root, sorted.
std::vector<std::string> files_under(const std::vector<std::string>& folders, const std::vector<std::string>& endings) {
  std::vector<std::string> files;
  for (const std::string& folder : folders) {
    if (!fs::exists(kRoot / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      const std::string path = fs::relative(entry.path(), kRoot).generic_string();
      const bool wanted =
          std::ranges::any_of(endings, [&](const std::string& ending) { return path.ends_with(ending); });
      if (entry.is_regular_file() && wanted) files.push_back(path);
    }
  }
  std::ranges::sort(files);
  return files;
}

std::string join(const std::vector<Violation>& violations) {
  std::string text;
  for (const Violation& violation : violations) text += violation.text() + "\n";
  return text;
}

TEST(Architecture, EverySourceFileKeepsTheRules) {
  const std::vector<std::string> files = files_under(
      {"engine", "rules", "replay", "store", "notifiers", "app", "test", "bench", "examples"}, {".cc", ".h"});
  ASSERT_GT(files.size(), 100u) << "the sources were not found under " << kRoot;
  std::string violations;
  for (const std::string& file : files) violations += join(check_source(file, read_file(file)));
  EXPECT_EQ(violations, "");
}

TEST(Architecture, SourceFilesAreNamedForTheirFolder) {
  for (const std::string& file : files_under({"engine", "rules", "replay", "store", "notifiers", "app"},
                                             {".cpp", ".cxx", ".c", ".hpp", ".hxx"})) {
    ADD_FAILURE() << file << ": sources end in .cc and headers in .h";
  }
}

TEST(Architecture, EveryEngineFolderHasItsTests) {
  for (const char* folder :
       {"base", "event", "pattern", "metric", "alarm", "workflow", "analysis", "delivery", "pipeline"}) {
    EXPECT_FALSE(files_under({std::string("test/engine/") + folder}, {"_test.cc"}).empty()) << "test/engine/" << folder;
  }
  for (const char* folder : {"rules", "replay", "store", "notifiers", "app"}) {
    EXPECT_FALSE(files_under({std::string("test/") + folder}, {"_test.cc"}).empty()) << "test/" << folder;
  }
}

TEST(Architecture, LinksInTheDocumentsLeadSomewhere) {
  std::vector<std::string> documents = files_under({"docs", "examples"}, {".md"});
  for (const char* file : {"README.md", "CHANGELOG.md", "CONTRIBUTING.md"}) {
    ASSERT_TRUE(fs::exists(kRoot / file)) << file << " is missing";
    documents.emplace_back(file);
  }
  std::string violations;
  for (const std::string& document : documents) {
    violations += join(
        check_links(document, read_file(document), [](const std::string& path) { return fs::exists(kRoot / path); }));
  }
  EXPECT_EQ(violations, "");
}

}  // namespace
}  // namespace tocsin::test
