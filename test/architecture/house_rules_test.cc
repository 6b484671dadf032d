// The checker itself, on small texts that break a rule, and on others that only look like it.
#include "test/architecture/house_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/architecture/doc_links.h"

namespace tocsin::test {
namespace {

using testing::HasSubstr;

std::string header(const std::string& text) {
  return "// What it is.\n#pragma once\n" + text;
}

TEST(HouseRules, SeeViolations) {
  const struct {
    const char* what;
    std::string path, text;
    int line;
    std::string message;  // a part of it
  } cases[] = {
      {"up within the engine", "engine/event/a.cc", "#include \"engine/alarm/alarm.h\"\n", 1,
       "engine/event may not include engine/alarm"},
      {"from the engine to a door", "engine/pipeline/a.cc", "\n#include \"store/database.h\"\n", 2,
       "engine/pipeline may not include store"},
      {"from door to door", "rules/a.cc", "#include \"replay/byte_source.h\"\n", 1, "rules may not include replay"},
      {"from a door to app", "notifiers/a.cc", "#include \"app/commands.h\"\n", 1, "notifiers may not include app"},
      {"not from the root", "engine/base/a.cc", "#include \"time.h\"\n", 1, "write includes from the root"},
      {"from the sources to tests", "replay/a.cc", "#include \"test/replay/archives.h\"\n", 1,
       "write includes from the root"},
      {"spaces in the include", "engine/base/a.cc", " #  include   \"app/commands.h\"\n", 1,
       "engine/base may not include app"},
      {"a foreign library", "store/a.cc", "#include <curl/curl.h>\n", 1, "store may not use libcurl"},
      {"spdlog outside app", "notifiers/a.cc", "#include <spdlog/spdlog.h>\n", 1, "notifiers may not use spdlog"},
      {"a library in a header", "store/a.h", header("#include <sqlite3.h>\n"), 3, "<sqlite3.h> in a header"},
      {"json in a header", "rules/a.h", header("#include <nlohmann/json.hpp>\n"), 3, "json_fwd.hpp"},
      {"a library nobody knows", "app/a.cc", "#include <eigen/dense.h>\n", 1, "belongs to no known library"},
      {"the system in the engine", "engine/base/a.cc", "#include <unistd.h>\n", 1,
       "the engine does not call the system"},
      {"a clock", "engine/alarm/a.cc", "auto t = std::chrono::system_clock::now();\n", 1, "has no clock"},
      {"time", "engine/alarm/a.cc", "\n\nauto t = std::time(nullptr);\n", 3, "has no clock"},
      {"global time", "engine/alarm/a.cc", "auto t = ::time(nullptr);\n", 1, "has no clock"},
      {"random", "engine/delivery/a.cc", "#include <random>\n", 1, "has no randomness"},
      {"rand", "engine/delivery/a.cc", "int x = rand();\n", 1, "has no randomness"},
      {"returned rand", "engine/delivery/a.cc", "int f() { return rand(); }\n", 1, "has no randomness"},
      {"iostream", "engine/base/a.cc", "#include <iostream>\n", 1, "does not print"},
      {"printf", "engine/base/a.cc", "void f() { std::printf(\"x\"); }\n", 1, "does not print"},
      {"snprintf", "engine/base/a.cc", "void f() { snprintf(b, 1, \"x\"); }\n", 1, "does not print"},
      {"a file", "engine/event/a.cc", "#include <fstream>\n", 1, "has no files"},
      {"the environment", "engine/event/a.cc", "auto* e = std::getenv(\"HOME\");\n", 1, "environment"},
      {"a thread in the engine", "engine/event/a.cc", "#include <thread>\n", 1, "app/ only"},
      {"a lock in a door", "store/a.cc", "std::mutex lock;\n", 1, "app/ only"},
      {"regex in app", "app/a.cc", "#include <regex>\n", 1, "std::regex crashes"},
      {"regex in a test", "test/app/a_test.cc", "std::regex r;\n", 1, "std::regex crashes"},
      {"format", "app/a.cc", "#include <format>\n", 1, "gcc 12 and clang 14"},
      {"a sleeping test", "test/app/a_test.cc", "std::this_thread::sleep_for(x);\n", 1, "tests do not sleep"},
      {"no pragma", "app/a.h", "// What it is.\nint x();\n", 1, "no #pragma once"},
      {"no opening comment", "app/a.h", "#pragma once\n", 1, "a header opens with what it is"},
      {"too long", "app/a.cc", std::string(601, '\n'), 601, "601 lines"},
      {"something left", "app/a.cc",
       "int x;  // TO"
       "DO: more\n",
       1, "finish it"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    const std::vector<Violation> found = check_source(c.path, c.text);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].file, c.path);
    EXPECT_EQ(found[0].line, c.line);
    EXPECT_THAT(found[0].message, HasSubstr(c.message));
  }
}

TEST(HouseRules, LetTheRestPass) {
  const struct {
    const char* what;
    std::string path, text;
  } cases[] = {
      {"down", "engine/alarm/a.cc",
       "#include \"engine/base/time.h\"\n#include \"engine/alarm/a.h\"\n#include <vector>\n"},
      {"all of the engine", "engine/pipeline/a.cc", "#include \"engine/workflow/execution.h\"\n"},
      {"app sees everything", "app/a.cc",
       "#include \"store/database.h\"\n#include \"rules/rule_loader.h\"\n#include <thread>\n"},
      {"the library of the folder", "replay/a.cc", "#include <zlib.h>\n#include <sys/stat.h>\n"},
      {"json, announced", "engine/analysis/a.h", header("#include <nlohmann/json_fwd.hpp>\n")},
      {"in a comment", "engine/base/a.cc", "// printf and std::mutex\n/* #include <iostream>\n rand() */\n"},
      {"in a string", "engine/base/a.cc",
       "auto s = \"printf( \\\" std::regex\"; auto r = R\"(#include <random>\nrand())\"; char c = '\"';\n"},
      {"a member named time", "engine/base/a.cc",
       "auto t = event.time(); auto u = EventTime::time(); EventTime time = x;\n"},
      {"a thousand", "engine/base/a.cc", "int x = 60'000; int y = 1'000; /* ' */ int z;\n"},
      {"calendar types", "engine/base/a.cc", "#include <chrono>\nstd::chrono::year_month_day d;\n"},
      {"part of a word", "engine/base/a.cc", "int printf_like = 0; int brand(int); int x = brand(1);\n"},
      {"declared, not called", "engine/base/a.cc", "double rand(int seed);\n"},
      {"the bug reporter", "engine/base/ensure.cc", "#include <cstdio>\nvoid f() { std::fprintf(stderr, \"x\"); }\n"},
      {"the longest file", "app/a.cc", std::string(600, '\n')},
      {"tests may include what they test", "test/replay/a_test.cc",
       "#include \"replay/a.h\"\n#include <zlib.h>\n#include <thread>\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    for (const Violation& violation : check_source(c.path, c.text)) ADD_FAILURE() << violation.text();
  }
}

TEST(DocLinks, SeeLinksThatLeadNowhere) {
  const auto exists = [](const std::string& path) { return path == "docs/a.md" || path == "README.md"; };
  const std::string text =
      "[a](a.md) [up](../README.md#top) [web](https://example.com) [here](#x) `[code](none.md)`\n"
      "```\n[fenced](none.md)\n```\n"
      "[one](b.md) and [two](../none.md \"title\")\n";
  const std::vector<Violation> found = check_links("docs/index.md", text, exists);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].text(), "docs/index.md:5: the link to b.md leads nowhere: there is no docs/b.md");
  EXPECT_EQ(found[1].text(), "docs/index.md:5: the link to ../none.md leads nowhere: there is no none.md");
}

}  // namespace
}  // namespace tocsin::test
