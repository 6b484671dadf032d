#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/console.h"
#include "app/exit_code.h"
#include "app/row_list.h"
#include "engine/base/text.h"
#include "store/result_store.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string data_dir;
  std::string subject;
  std::string id;
  std::string output = "text";
};

std::string text_of(const Json& row, const char* key) {
  const auto member = row.find(key);
  if (member == row.end() || member->is_null()) return "";
  return printable(member->is_string() ? member->get<std::string>() : member->dump());
}

std::string transition_line(const Json& row) {
  return fmt::format("{}  {:<17}  {}  (was {})  {}", text_of(row, "at"), text_of(row, "to"), text_of(row, "alarm"),
                     text_of(row, "from"), text_of(row, "reason"));
}

std::string finding_line(const Json& row) {
  return fmt::format("{}  {:<8}  {}  {}", text_of(row, "at"), text_of(row, "severity"), text_of(row, "incident"),
                     text_of(row, "title"));
}

std::string execution_line(const Json& row) {
  return fmt::format("{}  {:<9}  {}  {}  {}", text_of(row, "at"), text_of(row, "status"), text_of(row, "id"),
                     text_of(row, "workflow"), text_of(row, "alarm"));
}

// One row for each question that a data directory answers. The help is printed from it.
struct Question {
  const char* command;
  const char* verb;
  const char* help;
  const char* type;                  // of the rows in the store
  std::string (*line)(const Json&);  // null: the whole document of one row, asked for by its id
  const char* subject;               // the option that narrows a list; "" for none
};

constexpr Question kQuestions[] = {
    {"alarms", "history", "every state transition", "transition", transition_line, "alarm"},
    {"incidents", "ls", "the findings of each incident", "finding", finding_line, "incident"},
    {"incidents", "show", "one incident's findings, whole", "finding", nullptr, "incident"},
    {"executions", "ls", "the executions of workflows", "execution", execution_line, "workflow"},
    {"executions", "show", "one execution with its history", "execution", nullptr, ""},
};

int ask(const Question& question, const Arguments& arguments) {
  if (!std::filesystem::exists(std::filesystem::path(arguments.data_dir) / "tocsin.db")) {
    tell(fmt::format("{0} holds no results; `tocsin replay FILE --data-dir {0}` makes some", arguments.data_dir));
    return kExitFailure;
  }
  // `incidents show` takes an incident's id, which is its findings' subject; other ids are the rows' own.
  const bool by_subject = question.line == nullptr && *question.subject != '\0';
  Database database = Database::open_to_ask(arguments.data_dir);
  RowList list(arguments.output);
  ResultStore(database).visit(question.type, by_subject ? arguments.id : arguments.subject,
                              by_subject ? "" : arguments.id, [&](const ResultRow& row) {
                                if (arguments.output == "ndjson") {
                                  list.add(row.json);
                                } else if (question.line == nullptr) {
                                  list.add(Json::parse(row.json).dump(2));
                                } else {
                                  list.add(question.line(Json::parse(row.json)));
                                }
                                return true;
                              });
  list.end();
  if (list.rows() > 0 || question.line != nullptr) return kExitOk;
  tell(fmt::format("{} holds nothing with the id {}", arguments.data_dir, arguments.id));
  return kExitFailure;
}

int answer(const Question& question, const Arguments& arguments) {
  try {
    return ask(question, arguments);
  } catch (const StoreError& error) {
    tell(error.what());
    return kExitFailure;
  }
}

}  // namespace

void add_results_commands(CLI::App& app, int& exit_code) {
  CLI::App* group = nullptr;
  for (const Question& question : kQuestions) {
    if (group == nullptr || group->get_name() != question.command) {
      group = app.add_subcommand(question.command, fmt::format("What a data directory holds: {}", question.command));
      group->require_subcommand(1);
    }
    CLI::App* verb = group->add_subcommand(question.verb, question.help);
    auto arguments = std::make_shared<Arguments>();
    if (question.line == nullptr) {
      verb->add_option("ID", arguments->id, "as `ls` prints it")->required();
    } else {
      verb->add_option(fmt::format("--{}", question.subject), arguments->subject, "only of this one");
    }
    verb->add_option("--data-dir", arguments->data_dir, "of the replay")->required();
    verb->add_option("--output", arguments->output, "what to print")
        ->check(CLI::IsMember({"text", "ndjson"}))
        ->capture_default_str();
    verb->footer(fmt::format(
        "Example:\n  tocsin replay incident.ndjson --data-dir results\n  tocsin {} {}{} --data-dir results\n",
        question.command, question.verb, question.line == nullptr ? " ID" : ""));
    verb->callback([&question, arguments, &exit_code] { exit_code = answer(question, *arguments); });
  }
}

}  // namespace tocsin
