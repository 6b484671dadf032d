#include "app/reload_report.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace tocsin {
namespace {

TEST(ReloadReport, IsNumberedAndReadAsItWasWritten) {
  const std::string folder = testing::TempDir() + "reload-report";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  EXPECT_FALSE(read_reload_report(folder));
  write_reload_report(folder, {.number = 0, .loaded = false, .text = "a.yaml:1:1: error: no\n  hint: yes\n"});
  std::optional<ReloadReport> report = read_reload_report(folder);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->number, 1U);
  EXPECT_FALSE(report->loaded);
  EXPECT_EQ(report->text, "a.yaml:1:1: error: no\n  hint: yes\n");
  write_reload_report(folder, {.number = 0, .loaded = true, .text = ""});
  report = read_reload_report(folder);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->number, 2U);
  EXPECT_TRUE(report->loaded);
  EXPECT_EQ(report->text, "");
  std::ofstream(folder + "/reload.txt") << "garbage";
  EXPECT_FALSE(read_reload_report(folder));
}

}  // namespace
}  // namespace tocsin
