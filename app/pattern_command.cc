// `tocsin pattern match`: tries a filter pattern on the lines of a file, or in --batch form on the events of requests.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/batch_io.h"
#include "app/commands.h"
#include "app/console.h"
#include "app/exit_code.h"
#include "engine/base/diagnostics.h"
#include "engine/base/text.h"
#include "engine/event/raw_line.h"
#include "engine/pattern/pattern_set.h"
#include "engine/pattern/pattern_tree.h"
#include "replay/byte_source.h"

namespace tocsin {
namespace {

constexpr std::size_t kMaxLine = 1 << 20;

struct PatternOptions {
  std::string pattern;
  std::string file = "-";
  bool batch = false;
  bool fields = false;
};

// One pattern, ready to be tried on raw lines.
class LineMatcher {
 public:
  explicit LineMatcher(const FilterPattern& pattern)
      : pattern_(pattern),
        wants_json_(pattern.tree().wants_json()),
        id_(patterns_.add(pattern, projection_)),
        line_(projection_),
        matcher_(patterns_) {}

  bool matches(std::string_view line) {
    if (wants_json_) {
      if (!line_.read_json(line)) return false;
    } else {
      line_.read_text(line);
    }
    matcher_.begin(line_.event());
    return matcher_.matches(id_);
  }

  // What the pattern names in a line that matches, $name and its text.
  std::vector<std::pair<std::string, std::string_view>> extract(std::string_view line) {
    const auto* fields = std::get_if<SpaceDelimitedPattern>(&pattern_.tree().form);
    if (fields == nullptr) return {};
    tokens_.read(line);
    return fields->extract(tokens_);
  }

 private:
  FilterPattern pattern_;
  LineTokens tokens_;
  Projection projection_;
  PatternSet patterns_;
  bool wants_json_;
  PatternId id_;
  RawLine line_;
  PatternSet::Matcher matcher_;
};

// Prints the lines that match. The bytes go out as they came in, but a terminal never gets control characters.
class MatchingLines {
 public:
  MatchingLines(const FilterPattern& pattern, bool fields)
      : matcher_(pattern), terminal_(isatty(STDOUT_FILENO) != 0), fields_(fields || terminal_) {}

  void take(std::string_view line) {
    const std::string_view content = line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
    if (!matcher_.matches(content)) return;
    const std::string shown = terminal_ ? printable(line, kMaxLine) : std::string();
    if (terminal_) line = shown;
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
    if (!fields_) return;
    for (const auto& [name, text] : matcher_.extract(content)) {
      std::printf("    %s = %s\n", name.c_str(), printable(text, kMaxLine).c_str());
    }
  }

 private:
  LineMatcher matcher_;
  bool terminal_;
  bool fields_;
};

// Lines of up to kMaxLine bytes; what a line has beyond that is left out. Returns how many lines were cut.
std::size_t read_lines(ByteSource& source, MatchingLines& out) {
  std::array<char, 1 << 16> block{};
  std::string rest;  // the beginning of a line whose end has not come yet
  std::size_t cut = 0;
  bool in_line = false;
  bool line_cut = false;
  const auto append = [&](std::string_view part) {
    const std::size_t room = kMaxLine - rest.size();
    line_cut = line_cut || part.size() > room;
    rest += part.substr(0, room);
    in_line = true;
  };
  const auto finish = [&] {
    out.take(rest);
    rest.clear();
    cut += line_cut ? 1 : 0;
    in_line = line_cut = false;
  };
  while (const std::size_t size = source.read(block)) {
    std::string_view bytes(block.data(), size);
    for (std::size_t end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
      append(bytes.substr(0, end));
      finish();
      bytes.remove_prefix(end + 1);
    }
    if (!bytes.empty()) append(bytes);
    if (std::ferror(stdout) != 0) return cut;
  }
  if (in_line) finish();
  return cut;
}

int match_file(const PatternOptions& options) {
  PatternError error;
  const std::optional<FilterPattern> pattern = FilterPattern::parse(options.pattern, error);
  if (!pattern) {
    Diagnostics diagnostics;
    diagnostics.error({"pattern", 1, static_cast<int>(error.column) + 1}, error.message, error.hint, options.pattern);
    tell(diagnostics);
    return kExitUsage;
  }
  MatchingLines lines(*pattern, options.fields);
  int exit_code = kExitOk;
  try {
    const OpenedSource source = open_source(options.file);
    const std::size_t cut = read_lines(*source.bytes, lines);
    if (cut > 0) tell("lines longer than 1 MiB, read up to there: " + std::to_string(cut));
  } catch (const SourceError& failure) {
    tell(failure.what());
    exit_code = kExitFailure;
  }
  if (exit_code == kExitOk && !flush_standard_output()) {
    tell("cannot write to standard output");
    exit_code = kExitFailure;
  }
  return exit_code;
}

void answer_batch(const nlohmann::ordered_json& request, nlohmann::ordered_json& answer) {
  PatternError error;
  const std::optional<FilterPattern> pattern =
      FilterPattern::parse(request.at("pattern").get_ref<const std::string&>(), error);
  if (!pattern) {
    std::string message = "column " + std::to_string(error.column + 1) + ": " + error.message;
    if (!error.hint.empty()) message += " (" + error.hint + ")";
    throw BatchError("INVALID_PATTERN", message);
  }
  const auto& event = request.at("event").get_ref<const std::string&>();
  LineMatcher matcher(*pattern);
  const bool matches = matcher.matches(event);
  answer["matches"] = matches;
  nlohmann::ordered_json& extracted = answer["extracted"] = nlohmann::ordered_json::object();
  if (!matches) return;
  for (const auto& [name, text] : matcher.extract(event)) extracted[name] = text;
}

constexpr const char* kExamples = R"(Examples:
  tocsin pattern match 'ERROR -timeout' app.log
      lines that contain ERROR and do not contain timeout
  tocsin pattern match '?ERROR ?WARN' app.log.gz
      lines that contain ERROR or WARN
  tocsin pattern match '{ $.level = "ERROR" && $.latency_ms > 500 }' app.ndjson
      JSON lines whose fields meet both conditions
  tocsin pattern match --fields '[ip, ..., status >= 500, bytes]' access.log
      lines whose last field but one is a number from 500 on, and what their fields are
  tocsin pattern match '%status [45][0-9]{2}%' app.log
      lines in which the regular expression is found
  tail -f app.ndjson | tocsin pattern match '{ $.message = "*refused*" }'
  tocsin pattern match -- '-DEBUG' app.log
      a pattern that begins with '-' comes after --

A JSON pattern matches lines that are one JSON object and nothing else. Parts of an
event such as $.@level are known to rules, not here. Exit code: 0 also where no line
matches, 1 if the file can't be read, 2 for an invalid pattern.)";

}  // namespace

void add_pattern_command(CLI::App& app, int& exit_code) {
  CLI::App* pattern = app.add_subcommand("pattern", "Try filter patterns");
  pattern->require_subcommand(1);
  CLI::App* match = pattern->add_subcommand("match", "Print the lines that match a filter pattern");
  auto options = std::make_shared<PatternOptions>();
  CLI::Option* text = match->add_option("PATTERN", options->pattern, "A CloudWatch Logs filter pattern");
  CLI::Option* file = match->add_option("FILE", options->file, "File to read, also .gz or .zst; - is standard input");
  match->add_flag(
      "--fields", options->fields,
      "Print the fields of each line below it, where the pattern is space-delimited (the default on a terminal)");
  match->add_flag("--batch", options->batch, "Read requests {id, pattern, event} from standard input, one JSON a line")
      ->excludes(text)
      ->excludes(file);
  match->footer(kExamples);
  match->callback([options, text, &exit_code] {
    if (options->batch) {
      run_batch(std::cin, std::cout, answer_batch);
      exit_code = kExitOk;
      return;
    }
    if (text->count() == 0) throw CLI::RequiredError("PATTERN");
    exit_code = match_file(*options);
  });
}

}  // namespace tocsin
