#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/console.h"
#include "app/exit_code.h"
#include "engine/base/text.h"
#include "engine/event/timestamp.h"
#include "store/silence_store.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string data_dir;
  std::vector<std::string> matchers;
  std::string from, until, length, comment;
  bool dry_run = false;
  bool all = false;
  std::vector<std::string> ids;
  std::string output = "text";
};

EventTime wall_time() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

std::string state_of(const Silence& silence, EventTime now) {
  if (now >= silence.until) return "expired";
  return now < silence.from ? "pending" : "active";
}

std::string matchers_text(const Silence& silence) {
  std::string text;
  for (const LabelMatcher& matcher : silence.matchers) {
    if (!text.empty()) text += ' ';
    text += to_text(matcher);
  }
  return text.empty() ? "(can't be read: silences nothing)" : text;
}

// --- add

bool fault(const std::string& message) {
  tell(message);
  return false;
}

bool read_matchers(const Arguments& arguments, Silence& silence) {
  for (const std::string& text : arguments.matchers) {
    std::string problem;
    std::optional<LabelMatcher> matcher = parse_label_matcher(text, problem);
    if (!matcher) return fault("cannot read the matcher '" + text + "': " + problem);
    silence.matchers.push_back(std::move(*matcher));
  }
  return true;
}

bool read_moment(const std::string& option, const std::string& text, EventTime& time) {
  const std::optional<EventTime> read = parse_timestamp(text, Period{});
  if (!read) return fault(option + " needs a time such as 2026-12-24T18:00:00Z, not '" + text + "'");
  time = *read;
  return true;
}

bool read_times(const Arguments& arguments, EventTime now, Silence& silence) {
  silence.from = now;
  if (!arguments.from.empty() && !read_moment("--from", arguments.from, silence.from)) return false;
  if (arguments.until.empty() == arguments.length.empty()) {
    return fault("a silence needs an end: either --for 2h or --until 2026-12-24T18:00:00Z");
  }
  if (!arguments.until.empty()) return read_moment("--until", arguments.until, silence.until);
  const std::optional<Period> length = parse_period(arguments.length);
  if (!length || *length <= Period{}) {
    return fault("--for needs a length of time such as 30m, 2h or 1d, not '" + arguments.length + "'");
  }
  silence.until = silence.from + *length;
  return true;
}

int add(const Arguments& arguments) {
  const EventTime now = wall_time();
  Silence silence;
  if (!read_matchers(arguments, silence) || !read_times(arguments, now, silence)) return kExitUsage;
  silence.comment = arguments.comment;
  const char* user = std::getenv("USER");
  silence.created_by = user == nullptr ? "" : user;
  silence.id = silence_id(silence);
  std::string problem = silence_problem(silence);
  if (problem.empty() && silence.until <= now) problem = "it is over already";
  if (!problem.empty()) {
    tell("this is no silence: " + problem);
    return kExitUsage;
  }
  if (!std::filesystem::is_directory(arguments.data_dir)) {
    tell("there is no data directory " + arguments.data_dir);
    return kExitFailure;
  }
  if (arguments.dry_run) {
    tell(fmt::format("would silence {} from {} until {}", matchers_text(silence), to_clock(silence.from),
                     to_clock(silence.until)));
    return kExitOk;
  }
  Database database = Database::open(arguments.data_dir, Durability::kSafe);
  SilenceStore(database).add(silence);
  fmt::print("{}\n", silence.id);
  return kExitOk;
}

// --- ls

Json document(const Silence& silence, EventTime now) {
  Json matchers = Json::array();
  for (const LabelMatcher& matcher : silence.matchers) matchers.push_back(to_text(matcher));
  return {{"id", silence.id},
          {"state", state_of(silence, now)},
          {"matchers", matchers},
          {"from", to_iso8601(silence.from)},
          {"until", to_iso8601(silence.until)},
          {"created_by", silence.created_by},
          {"comment", silence.comment}};
}

std::string dumped(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

bool has_database(const std::string& data_dir) {
  if (std::filesystem::exists(std::filesystem::path(data_dir) / "tocsin.db")) return true;
  tell(data_dir + " is no data directory of tocsin: it holds no tocsin.db");
  return false;
}

int list(const Arguments& arguments) {
  if (!has_database(arguments.data_dir)) return kExitFailure;
  const EventTime now = wall_time();
  Database database = Database::open_to_ask(arguments.data_dir);
  Json documents = Json::array();
  for (const Silence& silence : SilenceStore(database).all()) {
    if (!arguments.all && silence.until <= now) continue;
    if (arguments.output == "json") {
      documents.push_back(document(silence, now));
    } else if (arguments.output == "ndjson") {
      fmt::print("{}\n", dumped(document(silence, now), -1));
    } else {
      const std::string by = silence.created_by.empty() ? "" : "  (" + printable(silence.created_by) + ")";
      fmt::print("{}  {:<7}  {} to {}  {}  {}{}\n", silence.id, state_of(silence, now), to_clock(silence.from),
                 to_clock(silence.until), printable(matchers_text(silence)), printable(silence.comment), by);
    }
  }
  if (arguments.output == "json") fmt::print("{}\n", dumped(documents, 2));
  return kExitOk;
}

// --- expire

int expire(const Arguments& arguments) {
  if (!has_database(arguments.data_dir)) return kExitFailure;
  const EventTime now = wall_time();
  Database database = Database::open(arguments.data_dir, Durability::kSafe);
  SilenceStore store(database);
  int exit_code = kExitOk;
  for (const std::string& id : arguments.ids) {
    if (arguments.dry_run) {
      const std::vector<Silence> all = store.all();
      const auto found = std::ranges::find(all, id, &Silence::id);
      if (found != all.end() && now < found->until) {
        tell("would end " + id);
        continue;
      }
    } else if (store.expire(id, now)) {
      continue;
    }
    tell("there is no silence " + id + " that is not over yet; `tocsin silence ls` shows them");
    exit_code = kExitFailure;
  }
  return exit_code;
}

// --- the command line

int guarded(int (*act)(const Arguments&), const Arguments& arguments) {
  try {
    return act(arguments);
  } catch (const StoreError& error) {
    tell(error.what());
    return kExitFailure;
  }
}

struct Verb {
  CLI::App* app;
  std::shared_ptr<Arguments> arguments;
};

Verb add_verb(CLI::App& group, int& exit_code, const char* name, const char* help, int (*act)(const Arguments&)) {
  Verb verb{group.add_subcommand(name, help), std::make_shared<Arguments>()};
  verb.app->add_option("--data-dir", verb.arguments->data_dir, "of the daemon, which may be running")->required();
  verb.app->callback([act, arguments = verb.arguments, &exit_code] { exit_code = guarded(act, *arguments); });
  return verb;
}

}  // namespace

void add_silence_command(CLI::App& app, int& exit_code) {
  CLI::App* group = app.add_subcommand("silence", "For a time, notifications with certain labels are not sent");
  group->require_subcommand(1);

  const Verb adding = add_verb(*group, exit_code, "add", "begin a silence; prints its id", add);
  Arguments& to_add = *adding.arguments;
  adding.app
      ->add_option("MATCHER", to_add.matchers, "name=value, name!=value, name=~regex, name!~regex; all must match")
      ->required();
  adding.app->add_option("--for", to_add.length, "how long: 30m, 2h, 1d");
  adding.app->add_option("--from", to_add.from, "when it begins; now by default");
  adding.app->add_option("--until", to_add.until, "when it ends, instead of --for");
  adding.app->add_option("--comment", to_add.comment, "why; shown with each notification that is not sent")->required();
  adding.app->add_flag("--dry-run", to_add.dry_run, "only say what would be silenced");
  adding.app->footer(
      "Labels: alarm, definition, service, severity.\n"
      "Example:\n  tocsin silence add --data-dir /var/lib/tocsin service=payment 'alarm=~errors.*' --for 2h --comment "
      "deploy\n");

  const Verb listing = add_verb(*group, exit_code, "ls", "the silences that are active or pending", list);
  listing.app->add_flag("--all", listing.arguments->all, "those that are over, too");
  listing.app->add_option("--output", listing.arguments->output, "what to print")
      ->check(CLI::IsMember({"text", "json", "ndjson"}))
      ->capture_default_str();
  listing.app->footer("Example:\n  tocsin silence ls --data-dir /var/lib/tocsin\n");

  const Verb ending = add_verb(*group, exit_code, "expire", "end silences now", expire);
  ending.app->add_option("ID", ending.arguments->ids, "as `add` and `ls` print it")->required();
  ending.app->add_flag("--dry-run", ending.arguments->dry_run, "only say what would end");
  ending.app->footer("Example:\n  tocsin silence expire sil_4k… --data-dir /var/lib/tocsin\n");
}

}  // namespace tocsin
