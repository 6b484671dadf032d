#include "test/architecture/house_rules.h"

#include <algorithm>
#include <array>
#include <span>

#include "test/architecture/source_text.h"

namespace tocsin::test {
namespace {

constexpr int kMaxLines = 600;

// --- who may use whom
// -------------------------------------------------------------------------------------------------

struct Folder {
  std::string_view name;
  std::vector<std::string_view> uses;       // project folders, beside itself; "engine" is all of it
  std::vector<std::string_view> libraries;  // third party, in .cc files
};

const std::vector<Folder>& folders() {
  static const std::vector<Folder> kFolders{
      {"engine/base", {}, {"fmt"}},
      {"engine/event", {"engine/base"}, {"simdjson"}},
      {"engine/pattern", {"engine/base", "engine/event"}, {"re2"}},
      {"engine/metric", {"engine/base", "engine/event", "engine/pattern"}, {}},
      {"engine/alarm", {"engine/base", "engine/metric"}, {}},
      {"engine/workflow", {"engine/base"}, {"nlohmann-json"}},
      {"engine/analysis",
       {"engine/base", "engine/event", "engine/metric", "engine/alarm", "engine/workflow"},
       {"nlohmann-json"}},
      {"engine/delivery", {"engine/base", "engine/alarm", "engine/analysis"}, {"re2"}},
      {"engine/pipeline", {"engine"}, {}},
      {"rules", {"engine"}, {"yaml-cpp", "nlohmann-json"}},
      {"replay", {"engine"}, {"zlib", "zstd", "libsystemd"}},
      {"store", {"engine"}, {"sqlite3"}},
      {"notifiers", {"engine"}, {"libcurl", "openssl", "nlohmann-json"}},
      {"app",
       {"engine", "rules", "replay", "store", "notifiers"},
       {"spdlog", "CLI11", "nlohmann-json", "fmt", "boost"}},
  };
  return kFolders;
}

// Which library a header in <> belongs to, told by how it begins.
struct LibraryHeader {
  std::string_view begins;
  std::string_view library;
};
constexpr std::array kLibraryHeaders{
    LibraryHeader{"fmt/", "fmt"},
    LibraryHeader{"simdjson", "simdjson"},
    LibraryHeader{"re2/", "re2"},
    LibraryHeader{"nlohmann/", "nlohmann-json"},
    LibraryHeader{"yaml-cpp/", "yaml-cpp"},
    LibraryHeader{"zlib.h", "zlib"},
    LibraryHeader{"zstd", "zstd"},
    LibraryHeader{"sqlite3", "sqlite3"},
    LibraryHeader{"curl/", "libcurl"},
    LibraryHeader{"openssl/", "openssl"},
    LibraryHeader{"spdlog/", "spdlog"},
    LibraryHeader{"CLI/", "CLI11"},
    LibraryHeader{"systemd/", "libsystemd"},
    LibraryHeader{"boost/", "boost"},
};

// Headers of the operating system.
constexpr std::array<std::string_view, 14> kSystemHeaders{"sys/",      "arpa/",     "netinet/", "unistd.h", "fcntl.h",
                                                          "poll.h",    "signal.h",  "dirent.h", "netdb.h",  "termios.h",
                                                          "pthread.h", "ifaddrs.h", "pwd.h",    "time.h"};

bool begins_with_any(std::string_view text, std::span<const std::string_view> beginnings) {
  return std::ranges::any_of(beginnings, [text](std::string_view begin) { return text.starts_with(begin); });
}

bool is_inside(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

const Folder* folder_of(std::string_view path) {
  for (const Folder& folder : folders()) {
    if (is_inside(path, folder.name)) return &folder;
  }
  return nullptr;
}

// --- what may not be used
// ---------------------------------------------------------------------------------------------

enum class Scope {
  kEngine,  // engine/
  kNotApp,  // engine/ and the doors
  kTest,    // test/
  kEverywhere,
};

enum class Use {
  kHeader,    // #include <name>
  kWord,      // the name, wherever it stands
  kStandard,  // std::name
  kCall,      // name(…), not as a member and not as a declaration
};

struct Ban {
  Scope scope;
  Use use;
  std::vector<std::string_view> names;
  std::string_view remedy;
};

constexpr std::string_view kClock = "the engine has no clock: take the time as an argument";
constexpr std::string_view kRandom =
    "the engine has no randomness: take the value as an argument, or derive it from content";
constexpr std::string_view kPrint = "the engine does not print: return a value, an effect or Diagnostics";
constexpr std::string_view kFiles = "the engine has no files: take bytes, or do it in one of the doors";
constexpr std::string_view kEnvironment = "the engine does not look at the environment: take the value as an argument";
constexpr std::string_view kThreads = "threads and locks live in app/ only: give the object one owner at a time";

const std::vector<Ban>& bans() {
  static const std::vector<Ban> kBans{
      {Scope::kEngine,
       Use::kWord,
       {"system_clock", "steady_clock", "high_resolution_clock", "utc_clock", "clock_gettime", "gettimeofday",
        "localtime", "localtime_r", "sleep_for", "sleep_until", "usleep", "nanosleep"},
       kClock},
      {Scope::kEngine, Use::kStandard, {"time", "clock"}, kClock},
      {Scope::kEngine, Use::kHeader, {"ctime"}, kClock},
      {Scope::kEngine, Use::kHeader, {"random"}, kRandom},
      {Scope::kEngine, Use::kCall, {"rand", "srand", "rand_r", "drand48", "getrandom"}, kRandom},
      {Scope::kEngine, Use::kWord, {"random_device", "mt19937", "mt19937_64"}, kRandom},
      {Scope::kEngine, Use::kHeader, {"iostream", "cstdio", "print", "syncstream"}, kPrint},
      {Scope::kEngine, Use::kStandard, {"cout", "cerr", "clog", "cin"}, kPrint},
      {Scope::kEngine,
       Use::kWord,
       {"printf", "fprintf", "vprintf", "vfprintf", "sprintf", "snprintf", "vsnprintf", "puts", "fputs", "fwrite",
        "putchar", "perror"},
       kPrint},
      {Scope::kEngine, Use::kHeader, {"fstream", "filesystem"}, kFiles},
      {Scope::kEngine, Use::kWord, {"fopen", "ifstream", "ofstream"}, kFiles},
      {Scope::kEngine, Use::kWord, {"getenv", "secure_getenv", "setenv"}, kEnvironment},
      {Scope::kNotApp,
       Use::kHeader,
       {"thread", "mutex", "shared_mutex", "condition_variable", "future", "semaphore", "latch", "barrier",
        "stop_token"},
       kThreads},
      {Scope::kNotApp,
       Use::kStandard,
       {"thread", "jthread", "mutex", "recursive_mutex", "shared_mutex", "condition_variable", "async", "lock_guard",
        "unique_lock", "scoped_lock"},
       kThreads},
      {Scope::kTest,
       Use::kWord,
       {"sleep_for", "sleep_until", "usleep", "nanosleep"},
       "tests do not sleep: give the code its time, or wait for the event itself"},
      {Scope::kEverywhere, Use::kHeader, {"regex"}, "std::regex crashes on long lines: write a scanner, or use RE2"},
      {Scope::kEverywhere,
       Use::kStandard,
       {"regex", "regex_match", "regex_search", "regex_replace"},
       "std::regex crashes on long lines: write a scanner, or use RE2"},
      {Scope::kEverywhere,
       Use::kHeader,
       {"format", "expected", "source_location", "coroutine", "generator"},
       "gcc 12 and clang 14 must both build this: use fmt, std::optional, plain functions"},
      {Scope::kEverywhere, Use::kStandard, {"views"}, "write a loop: it is read more easily and compiled faster"},
  };
  return kBans;
}

// The one place that prints when a bug is found, just before it stops the program.
bool is_exempt(std::string_view path, std::string_view remedy) {
  return path == "engine/base/ensure.cc" && remedy == kPrint;
}

bool covers(Scope scope, std::string_view path) {
  switch (scope) {
    case Scope::kEngine:
      return is_inside(path, "engine");
    case Scope::kNotApp:
      return folder_of(path) != nullptr && !is_inside(path, "app");
    case Scope::kTest:
      return is_inside(path, "test");
    case Scope::kEverywhere:
      return true;
  }
  return false;
}

// --- the checks
// -------------------------------------------------------------------------------------------------------

class Checker {
 public:
  Checker(std::string_view path, std::string_view text) : source_(read_source(std::string(path), std::string(text))) {}

  std::vector<Violation> run() {
    check_shape();
    if (const Folder* folder = folder_of(source_.path)) {
      for (const Include& include : source_.includes) check_include(*folder, include);
    }
    for (const Ban& ban : bans()) {
      if (covers(ban.scope, source_.path) && !is_exempt(source_.path, ban.remedy)) check_ban(ban);
    }
    check_unfinished();
    std::ranges::stable_sort(found_, {}, &Violation::line);
    return std::move(found_);
  }

 private:
  bool is_header() const { return source_.path.ends_with(".h"); }

  void add(int line, std::string message) { found_.push_back({source_.path, line, std::move(message)}); }

  void check_shape() {
    if (source_.lines > kMaxLines) {
      add(source_.lines, std::to_string(source_.lines) + " lines: no file has more than " + std::to_string(kMaxLines) +
                             "; one file, one noun, so move a part that has a name of its own");
    }
    if (!is_header()) return;
    if (source_.code.find("#pragma once") == std::string::npos)
      add(1, "no #pragma once: put it behind the opening comment");
    if (!source_.raw.starts_with("//"))
      add(1, "a header opens with what it is, who owns it and which thread may call it");
  }

  void check_include(const Folder& folder, const Include& include) {
    if (include.quoted) {
      check_project_include(folder, include);
    } else {
      check_library_include(folder, include);
    }
  }

  void check_project_include(const Folder& folder, const Include& include) {
    const Folder* target = folder_of(include.target);
    if (target == nullptr) {
      add(include.line, "\"" + include.target + "\" is not in a folder of the house: write includes from the root");
      return;
    }
    const bool allowed = target == &folder || std::ranges::any_of(folder.uses, [target](std::string_view used) {
                           return target->name == used || is_inside(target->name, used);
                         });
    if (!allowed) {
      add(include.line, std::string(folder.name) + " may not include " + std::string(target->name) +
                            ": includes go down only; move what both need down, or pass it in");
    }
  }

  void check_library_include(const Folder& folder, const Include& include) {
    const std::string_view target = include.target;
    if (begins_with_any(target, kSystemHeaders)) {
      if (is_inside(source_.path, "engine"))
        add(include.line, "<" + include.target + ">: the engine does not call the system");
      return;
    }
    const auto* row = std::ranges::find_if(
        kLibraryHeaders, [target](const LibraryHeader& header) { return target.starts_with(header.begins); });
    if (row == kLibraryHeaders.end()) {
      if (target.find_first_of("/.") == std::string_view::npos) return;  // the standard library
      add(include.line,
          "<" + include.target + "> belongs to no known library: add it to the table in house_rules.cc, or do without");
      return;
    }
    if (std::ranges::find(folder.libraries, row->library) == folder.libraries.end()) {
      add(include.line, std::string(folder.name) + " may not use " + std::string(row->library) +
                            ": wrap it in the folder that owns it");
    } else if (is_header() && target != "nlohmann/json_fwd.hpp") {
      add(include.line, "<" + include.target +
                            "> in a header makes every file that includes it slow: include it in the .cc, and hide "
                            "the type behind a pointer" +
                            (row->library == "nlohmann-json" ? " or <nlohmann/json_fwd.hpp>" : ""));
    }
  }

  void check_ban(const Ban& ban) {
    if (ban.use == Use::kHeader) {
      for (const Include& include : source_.includes) {
        if (!include.quoted && std::ranges::find(ban.names, include.target) != ban.names.end()) {
          add(include.line, "<" + include.target + ">: " + std::string(ban.remedy));
        }
      }
      return;
    }
    for (const Word& word : words_of(source_)) {
      if (std::ranges::find(ban.names, word.text) != ban.names.end() && is_use(ban.use, word)) {
        add(word.line, std::string(word.text) + ": " + std::string(ban.remedy));
      }
    }
  }

  bool is_use(Use use, const Word& word) const {
    const std::string_view code = source_.code;
    const std::string_view before = code.substr(0, word.begin);
    switch (use) {
      case Use::kHeader:
        return false;
      case Use::kWord: {
        const std::size_t line = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
        return code.substr(line, 1) != "#";  // an include is the header ban's matter
      }
      case Use::kStandard:
        return before.ends_with("std::") || before.ends_with("std::ranges::") ||
               (before.ends_with("::") && !before.ends_with("std::") && is_global(before));
      case Use::kCall:
        return code.substr(word.begin + word.text.size()).starts_with("(") && !is_member_or_declaration(before);
    }
    return false;
  }

  // `before` ends with "::" that nothing precedes: ::time(nullptr).
  static bool is_global(std::string_view before) {
    const char previous = before.size() > 2 ? before[before.size() - 3] : ' ';
    return previous == ' ' || previous == '(' || previous == '\n' || previous == '=' || previous == ',';
  }

  static bool is_member_or_declaration(std::string_view before) {
    if (before.ends_with(".") || before.ends_with("->")) return true;
    const std::size_t end = before.find_last_not_of(" \n");
    if (end == std::string_view::npos || end + 1 == before.size()) return false;
    const std::string_view previous = before.substr(0, end + 1);
    return !previous.ends_with("return") &&
           (previous.back() == '>' || previous.back() == '&' || previous.back() == '*' || previous.back() == '_' ||
            (previous.back() >= '0' && previous.back() <= '9') || (previous.back() >= 'A' && previous.back() <= 'z'));
  }

  // Words that say a thing is not done, in comments too.
  void check_unfinished() {
    static constexpr std::array<std::string_view, 2> kMarks{
        "TO"
        "DO",
        "FIX"
        "ME"};
    for (const std::string_view mark : kMarks) {
      const std::size_t at = source_.raw.find(mark);
      if (at != std::string::npos) add(line_at(source_.raw, at), std::string(mark) + ": finish it, or leave it out");
    }
  }

  SourceText source_;
  std::vector<Violation> found_;
};

}  // namespace

std::vector<Violation> check_source(std::string_view path, std::string_view text) {
  return Checker(path, text).run();
}

}  // namespace tocsin::test
