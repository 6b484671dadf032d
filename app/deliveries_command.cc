#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <memory>

#include "app/commands.h"
#include "app/console.h"
#include "app/delivery_text.h"
#include "app/exit_code.h"
#include "app/row_list.h"
#include "engine/event/timestamp.h"
#include "store/sqlite_outbox.h"

namespace tocsin {
namespace {

struct Arguments {
  std::string data_dir;
  std::string id, contact_point, state, alarm, from, to;
  std::string to_contact;
  bool dry_run = false;
  std::string output = "text";
};

EventTime wall_time() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

EventTime time_of(const std::string& option, const std::string& text) {
  const std::optional<EventTime> time = parse_timestamp(text, Period{});
  if (!time) throw CLI::ValidationError(option + ": '" + text + "' is no time; write 2026-11-20T10:00:00Z");
  return *time;
}

DeliveryFilter filter_of(const Arguments& arguments) {
  DeliveryFilter filter{.id = arguments.id, .contact_point = arguments.contact_point, .order_key = arguments.alarm};
  for (const DeliveryState state : {DeliveryState::kPending, DeliveryState::kDelivered, DeliveryState::kDead,
                                    DeliveryState::kSuppressed, DeliveryState::kShown}) {
    if (arguments.state == to_text(state)) filter.state = state;
  }
  if (!arguments.from.empty()) filter.from = time_of("--from", arguments.from);
  if (!arguments.to.empty()) filter.to = time_of("--to", arguments.to);
  return filter;
}

int list(const Arguments& arguments, Database& database) {
  SqliteOutbox outbox(database);
  RowList list(arguments.output);
  outbox.visit(filter_of(arguments), [&](const Delivery& delivery) {
    list.add(arguments.output == "text" ? delivery_line(delivery) : delivery_json(delivery));
    return true;
  });
  list.end();
  return kExitOk;
}

int show(const Arguments& arguments, Database& database) {
  SqliteOutbox outbox(database);
  const std::map<std::string, std::string> closed = outbox.closed();
  RowList list(arguments.output);
  outbox.visit({.id = arguments.id}, [&](const Delivery& delivery) {
    const std::vector<DeliveryAttempt> attempts = outbox.attempts(delivery.sequence);
    const auto reason = closed.find(delivery.notification.contact_point);
    const std::string why = reason == closed.end() ? "" : reason->second;
    if (arguments.output == "text" && list.rows() > 0) list.add("");
    list.add(arguments.output == "text" ? delivery_document(delivery, attempts, why)
                                        : delivery_json(delivery, attempts));
    return true;
  });
  if (list.rows() > 0) {
    list.end();
    return kExitOk;
  }
  tell(fmt::format("{} holds no delivery with the id {}", arguments.data_dir, arguments.id));
  return kExitFailure;
}

int redrive(const Arguments& arguments, Database& database) {
  SqliteOutbox outbox(database);
  const std::uint64_t count = outbox.redrive(
      {.filter = filter_of(arguments), .to = arguments.to_contact, .now = wall_time(), .dry_run = arguments.dry_run});
  const std::string to = arguments.to_contact.empty() ? "" : " to " + arguments.to_contact;
  if (arguments.output == "text") {
    fmt::print("{} {}{}\n", count, arguments.dry_run ? "would be delivered again" : "are delivered again", to);
  } else {
    fmt::print("{{\"redriven\":{},\"dry_run\":{}}}\n", count, arguments.dry_run);
  }
  for (const auto& [contact_point, reason] : outbox.closed()) {
    tell(fmt::format("contact point '{0}' is closed ({1}); `tocsin deliveries reopen {0} --data-dir {2}` opens it",
                     contact_point, reason, arguments.data_dir));
  }
  return kExitOk;
}

int reopen(const Arguments& arguments, Database& database) {
  SqliteOutbox outbox(database);
  if (!outbox.reopen(arguments.contact_point)) {
    tell(fmt::format("contact point '{}' is not closed", arguments.contact_point));
    return kExitFailure;
  }
  fmt::print("{} is open; what it missed is dead: `tocsin deliveries redrive --contact-point {} --data-dir {}`\n",
             arguments.contact_point, arguments.contact_point, arguments.data_dir);
  return kExitOk;
}

// One row for each verb; `writes`: what receivers are told must outlive a power cut.
struct Verb {
  const char* name;
  const char* help;
  const char* example;
  int (*run)(const Arguments&, Database&);
  bool writes;
};

constexpr Verb kVerbs[] = {
    {"ls", "what was sent, is waiting or was given up", "--state pending", list, false},
    {"show", "one notification's deliveries: each attempt, and why", "evt_…", show, false},
    {"redrive", "try dead deliveries again, with their own ids", "--contact-point oncall --dry-run", redrive, true},
    {"reopen", "send to a contact point again that answered 410 Gone", "oncall", reopen, true},
};

int answer(const Verb& verb, const Arguments& arguments) {
  if (!std::filesystem::exists(std::filesystem::path(arguments.data_dir) / "tocsin.db")) {
    tell(arguments.data_dir + " is no data directory of tocsin: it holds no tocsin.db");
    return kExitFailure;
  }
  try {
    Database database =
        verb.writes ? Database::open(arguments.data_dir, Durability::kSafe) : Database::open_to_ask(arguments.data_dir);
    return verb.run(arguments, database);
  } catch (const StoreError& error) {
    tell(error.what());
    return kExitFailure;
  }
}

void add_filters(CLI::App& command, Arguments& arguments) {
  command.add_option("--id", arguments.id, "only of this notification");
  command.add_option("--contact-point", arguments.contact_point, "only to this contact point");
  command.add_option("--alarm", arguments.alarm, "only about this alarm or incident");
  command.add_option("--from", arguments.from, "only of events from this time on");
  command.add_option("--to", arguments.to, "only of events before this time");
}

void add_options(CLI::App& command, const std::string& verb, Arguments& arguments) {
  if (verb == "ls" || verb == "redrive") add_filters(command, arguments);
  if (verb == "ls") {
    command.add_option("--state", arguments.state, "only in this state")
        ->check(CLI::IsMember({"pending", "delivered", "dead", "suppressed", "shown"}));
  } else if (verb == "show") {
    command.add_option("ID", arguments.id, "the notification's, as `ls` prints it")->required();
  } else if (verb == "redrive") {
    command.add_flag("--dry-run", arguments.dry_run, "only say how many there are");
    command.add_option("--to-contact", arguments.to_contact, "send them to this contact point instead");
  } else {
    command.add_option("CONTACT", arguments.contact_point, "the contact point")->required();
  }
  command.add_option("--data-dir", arguments.data_dir, "of `tocsin run` or `tocsin tail`")->required();
  if (verb == "reopen") return;
  command.add_option("--output", arguments.output, "what to print")
      ->check(CLI::IsMember({"text", "json", "ndjson"}))
      ->capture_default_str();
}

}  // namespace

void add_deliveries_command(CLI::App& app, int& exit_code) {
  CLI::App* group = app.add_subcommand("deliveries", "Notifications: what was sent where, and what became of it");
  group->require_subcommand(1);
  for (const Verb& verb : kVerbs) {
    CLI::App* command = group->add_subcommand(verb.name, verb.help);
    auto arguments = std::make_shared<Arguments>();
    add_options(*command, verb.name, *arguments);
    command->footer(
        fmt::format("Example:\n  tocsin deliveries {} {} --data-dir /var/lib/tocsin\n", verb.name, verb.example));
    command->callback([&verb, arguments, &exit_code] { exit_code = answer(verb, *arguments); });
  }
}

}  // namespace tocsin
