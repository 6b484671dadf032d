#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/console.h"
#include "app/exit_code.h"
#include "app/line_redrive.h"
#include "app/row_list.h"
#include "engine/base/text.h"
#include "engine/event/timestamp.h"
#include "rules/rule_loader.h"
#include "store/result_store.h"
#include "store/sqlite_event_store.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kType = "dead_letter";
// Lines of one transaction: a running tocsin waits no longer than these take.
constexpr std::size_t kPiece = 500;

struct Arguments {
  std::string data_dir;
  std::string reason, id, file, from, to;
  std::vector<std::string> rules;
  std::string format, zone;
  bool dry_run = false;
  std::string output = "text";
};

[[noreturn]] void usage(const std::string& message) {
  throw CLI::ValidationError(message);
}

std::optional<EventTime> time_of(const std::string& option, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const std::optional<EventTime> time = parse_timestamp(text, Period{});
  if (!time) usage(option + ": '" + text + "' is no time; write 2026-11-20T10:00:00Z");
  return time;
}

std::string text_of(const Json& row, const char* key) {
  const auto member = row.find(key);
  if (member == row.end() || member->is_null()) return "";
  return member->is_string() ? member->get<std::string>() : member->dump();
}

std::uint64_t number_of(const Json& row, const char* key) {
  const auto member = row.find(key);
  return member != row.end() && member->is_number_unsigned() ? member->get<std::uint64_t>() : 0;
}

// What is kept with its id: the row's own document does not name it.
Json document_of(const ResultRow& row) {
  Json json = {{"id", row.id}};
  const Json kept = Json::parse(row.json, nullptr, false);
  if (kept.is_object()) json.update(kept);
  return json;
}

std::string dumped(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string line_of(const Json& row) {
  return fmt::format("{}:{} at byte {}: {}: {}  [{}]", printable(text_of(row, "file")), text_of(row, "line"),
                     text_of(row, "offset"), printable(text_of(row, "reason")), printable(text_of(row, "raw")),
                     printable(text_of(row, "id")));
}

// Those that the options ask for, in order.
void visit(const Arguments& arguments, ResultStore& store, const std::function<bool(const Json&, EventTime)>& visitor) {
  const std::optional<EventTime> from = time_of("--from", arguments.from);
  const std::optional<EventTime> to = time_of("--to", arguments.to);
  store.visit(kType, arguments.reason, arguments.id, [&](const ResultRow& row) {
    if ((from && row.at < *from) || (to && row.at >= *to)) return true;
    const Json json = document_of(row);
    if (!arguments.file.empty() && !matches_glob(arguments.file, text_of(json, "file"))) return true;
    return visitor(json, row.at);
  });
}

int list(const Arguments& arguments, Database& database) {
  ResultStore store(database);
  RowList list(arguments.output);
  visit(arguments, store, [&](const Json& row, EventTime) {
    list.add(arguments.output == "text" ? line_of(row) : dumped(row));
    return true;
  });
  list.end();
  return kExitOk;
}

int show(const Arguments& arguments, Database& database) {
  ResultStore store(database);
  RowList list("text");  // an id has one row
  visit(arguments, store, [&](const Json& row, EventTime) {
    list.add(dumped(row, arguments.output == "ndjson" ? -1 : 2));
    return true;
  });
  list.end();
  if (list.rows() > 0) return kExitOk;
  tell(fmt::format("{} holds no dead letter with the id {}", arguments.data_dir, arguments.id));
  return kExitFailure;
}

struct Counts {
  std::uint64_t parsed = 0, kept = 0;
  std::map<std::string, std::uint64_t> kept_by_reason;  // as it was dead at first
};

// The events and the removal of their dead letters are one transaction: killed at any time, each line is either still
// here or stored, never both.
class Redrive {
 public:
  Redrive(const Arguments& arguments, RuleSet rules, LineRedrive::Options options, Database& database)
      : arguments_(arguments),
        database_(database),
        results_(database),
        events_(database, {.live = true, .late_arrivals = true}),
        lines_(std::move(rules), options, arguments.dry_run ? static_cast<EventStore&>(nowhere_) : events_) {}

  Counts run() {
    visit(arguments_, results_, [&](const Json& row, EventTime at) {
      take(row, at);
      if (done_.size() >= kPiece) commit();
      return true;
    });
    commit();
    return counts_;
  }
  std::uint64_t stored() const { return lines_.stored(); }

 private:
  class Nowhere : public EventStore {
    void append(const CategorizedEvent&) override {}
    void visit(const EventQuery&, const std::function<bool(const CategorizedEvent&)>&) override {}
    std::vector<CategoryCount> count(const EventQuery&) override { return {}; }
  };

  void take(const Json& row, EventTime at) {
    const bool is_event = lines_.take({.file = text_of(row, "file"),
                                       .line = number_of(row, "line"),
                                       .offset = number_of(row, "offset"),
                                       .seen = at,
                                       .raw = text_of(row, "raw")});
    if (is_event) {
      ++counts_.parsed;
      done_.push_back(text_of(row, "id"));
    } else {
      ++counts_.kept;
      ++counts_.kept_by_reason[text_of(row, "reason")];
    }
  }

  void commit() {
    if (!arguments_.dry_run) {
      Transaction transaction(database_.handle());
      events_.flush();
      results_.remove(kType, done_);
      transaction.commit();
    }
    done_.clear();
  }

  const Arguments& arguments_;
  Database& database_;
  ResultStore results_;
  SqliteEventStore events_;
  Nowhere nowhere_;
  LineRedrive lines_;
  std::vector<std::string> done_;
  Counts counts_;
};

int redrive(const Arguments& arguments, Database& database) {
  LineRedrive::Options options;
  if (!arguments.format.empty()) {
    options.format = parse_line_format(arguments.format);
    if (!options.format) usage("--format: there is no format '" + arguments.format + "'");
  }
  if (!arguments.zone.empty()) {
    const std::optional<Period> offset = parse_zone_offset(arguments.zone);
    if (!offset) usage("--zone: '" + arguments.zone + "' is no offset; write +02:00");
    options.zone_offset = *offset;
  }
  LoadedRules loaded = load_rule_files(arguments.rules, process_environment());
  tell(loaded.diagnostics);
  if (loaded.diagnostics.has_errors()) return kExitInvalidConfig;
  Redrive redrive(arguments, std::move(loaded.rules), options, database);
  const Counts counts = redrive.run();
  if (arguments.output != "text") {
    Json json = {{"parsed", counts.parsed},
                 {"stored", redrive.stored()},
                 {"kept", counts.kept},
                 {"kept_by_reason", counts.kept_by_reason},
                 {"dry_run", arguments.dry_run}};
    fmt::print("{}\n", dumped(json));
    return kExitOk;
  }
  fmt::print("{} lines {} events, {} of them in the categorized store\n", counts.parsed,
             arguments.dry_run ? "would become" : "became", redrive.stored());
  fmt::print("{} lines stay dead letters\n", counts.kept);
  for (const auto& [reason, number] : counts.kept_by_reason) fmt::print("  {:<14} {}\n", printable(reason), number);
  return kExitOk;
}

struct Verb {
  const char* name;
  const char* help;
  const char* example;
  int (*run)(const Arguments&, Database&);
};

constexpr Verb kVerbs[] = {
    {"ls", "the lines that could not be parsed", "--reason broken_json", list},
    {"show", "one of them, whole", "ID", show},
    {"redrive", "parse them again, with rules and format as they are now", "--rules rules.yaml --dry-run", redrive},
};

int answer(const Verb& verb, const Arguments& arguments) {
  if (!std::filesystem::exists(std::filesystem::path(arguments.data_dir) / "tocsin.db")) {
    tell(fmt::format("{0} holds no results; `tocsin replay FILE --data-dir {0}` makes some", arguments.data_dir));
    return kExitFailure;
  }
  try {
    Database database = verb.run == redrive ? Database::open(arguments.data_dir, Durability::kSafe)
                                            : Database::open_to_ask(arguments.data_dir);
    return verb.run(arguments, database);
  } catch (const StoreError& error) {
    tell(error.what());
    return kExitFailure;
  }
}

void add_options(CLI::App& command, const Verb& verb, Arguments& arguments) {
  if (verb.run == show) {
    command.add_option("ID", arguments.id, "as `ls` prints it, in brackets")->required();
  } else {
    command.add_option("--reason", arguments.reason, "only of this reason");
    command.add_option("--file", arguments.file, "only of this file; * stands for anything");
    command.add_option("--from", arguments.from, "only those read at this event time or later");
    command.add_option("--to", arguments.to, "only those read before this event time");
  }
  if (verb.run == redrive) {
    command.add_option("--id", arguments.id, "only this one");
    command.add_option("--rules", arguments.rules, "rule files, laid over the built-in rules");
    command.add_option(
        "--format", arguments.format,
        "ndjson, syslog3164, syslog5424, combined, logfmt or plain instead of telling it from each line");
    command.add_option("--zone", arguments.zone, "offset of time stamps that name no zone, as +02:00 (default: UTC)");
    command.add_flag("--dry-run", arguments.dry_run, "only say what would become of them");
  }
  command.add_option("--data-dir", arguments.data_dir, "where they are kept")->required();
  command.add_option("--output", arguments.output, "what to print")
      ->check(CLI::IsMember({"text", "json", "ndjson"}))
      ->capture_default_str();
}

}  // namespace

void add_dead_letters_command(CLI::App& app, int& exit_code) {
  CLI::App* group = app.add_subcommand("dead-letters", "Lines that could not be parsed: kept, listed, parsed again");
  group->require_subcommand(1);
  for (const Verb& verb : kVerbs) {
    CLI::App* command = group->add_subcommand(verb.name, verb.help);
    auto arguments = std::make_shared<Arguments>();
    add_options(*command, verb, *arguments);
    command->footer(
        fmt::format("Example:\n  tocsin dead-letters {} {} --data-dir /var/lib/tocsin\n", verb.name, verb.example));
    command->callback([&verb, arguments, &exit_code] { exit_code = answer(verb, *arguments); });
  }
}

}  // namespace tocsin
