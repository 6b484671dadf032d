#include "engine/workflow/state_reader.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tocsin {
namespace {

constexpr std::size_t kMaxNameCharacters = 80;

using Fields = std::vector<std::string_view>;

struct StateType {
  std::string_view name;
  Fields fields;  // besides Type, Comment and QueryLanguage
  Fields required;
};

const std::vector<StateType>& state_types() {
  static const std::vector<StateType> kTypes = {
      {"Pass", {"Next", "End", "InputPath", "OutputPath", "Parameters", "ResultPath", "Result"}, {}},
      {"Task",
       {"Next", "End", "InputPath", "OutputPath", "Parameters", "ResultPath", "ResultSelector", "Retry", "Catch",
        "Resource", "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath", "Credentials"},
       {"Resource"}},
      {"Choice", {"InputPath", "OutputPath", "Choices", "Default"}, {"Choices"}},
      {"Wait", {"Next", "End", "InputPath", "OutputPath", "Seconds", "SecondsPath", "Timestamp", "TimestampPath"}, {}},
      {"Succeed", {"InputPath", "OutputPath"}, {}},
      {"Fail", {"Error", "Cause", "ErrorPath", "CausePath"}, {}},
      {"Parallel",
       {"Next", "End", "InputPath", "OutputPath", "Parameters", "ResultPath", "ResultSelector", "Retry", "Catch",
        "Branches"},
       {"Branches"}},
  };
  return kTypes;
}

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

const StateType* find_type(const FieldReader& fields) {
  fields.require({"Type"});
  if (fields.find("Type") == nullptr) return nullptr;
  const std::string name = fields.text("Type");
  if (name == "Map") {
    fields.error("Map states are not supported", "Type");
    return nullptr;
  }
  const auto found = std::ranges::find(state_types(), name, &StateType::name);
  if (found != state_types().end()) return &*found;
  Fields known;
  for (const StateType& type : state_types()) known.push_back(type.name);
  fields.error("'" + name + "' is no state type", "Type", did_you_mean(nearest_word(name, known)));
  return nullptr;
}

void check_language(const FieldReader& fields) {
  const std::string language = fields.text("QueryLanguage");
  if (language == "JSONata") {
    fields.error("JSONata is not supported", "QueryLanguage");
  } else if (fields.find("QueryLanguage") != nullptr && language != "JSONPath") {
    fields.error("Expected 'JSONPath' or 'JSONata'", "QueryLanguage");
  }
}

// States.ALL says everything, so it stands alone, and nothing comes after it.
void check_catch_all(const std::vector<std::string>& errors, bool is_last, const FieldReader& fields) {
  const bool has_all = std::ranges::find(errors, "States.ALL") != errors.end();
  if (has_all && errors.size() > 1) fields.error("'States.ALL' must appear alone", "ErrorEquals");
  if (has_all && !is_last) fields.error("'States.ALL' must be in the last entry", "ErrorEquals");
}

Retrier read_retrier(const FieldReader& fields, bool is_last) {
  constexpr std::int64_t kMost = 99'999'999;
  constexpr std::int64_t kMostDelay = 31'622'400;
  fields.check_known(
      {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "Comment"});
  fields.require({"ErrorEquals"});
  Retrier retrier;
  retrier.errors = fields.names("ErrorEquals");
  check_catch_all(retrier.errors, is_last, fields);
  if (const auto interval = fields.integer("IntervalSeconds", 1, kMost)) retrier.interval = Period::seconds(*interval);
  if (const auto attempts = fields.integer("MaxAttempts", 0, kMost)) retrier.max_attempts = *attempts;
  if (const auto rate = fields.number("BackoffRate", 1)) retrier.backoff_rate = *rate;
  if (const auto delay = fields.integer("MaxDelaySeconds", 1, kMostDelay)) retrier.max_delay = Period::seconds(*delay);
  const std::string jitter = fields.text("JitterStrategy");
  if (fields.find("JitterStrategy") != nullptr && jitter != "FULL" && jitter != "NONE") {
    fields.error("Expected 'FULL' or 'NONE'", "JitterStrategy");
  }
  return retrier;
}

Catcher read_catcher(const FieldReader& fields, bool is_last) {
  fields.check_known({"ErrorEquals", "Next", "ResultPath", "Comment"});
  fields.require({"ErrorEquals", "Next"});
  Catcher catcher;
  catcher.errors = fields.names("ErrorEquals");
  check_catch_all(catcher.errors, is_last, fields);
  catcher.next = fields.text("Next");
  catcher.result_path = fields.reference_path("ResultPath");
  return catcher;
}

}  // namespace

StateGraph StateReader::read_graph(const FieldReader& fields) {
  StateGraph graph;
  graph.start = fields.text("StartAt");
  const Json* states = fields.find("States");
  if (states == nullptr) return graph;
  if (!states->is_object() || states->empty()) {
    fields.error(states->is_object() ? "Value cannot be empty" : "Expected an object", "States");
    return graph;
  }
  for (const auto& [name, value] : states->items()) {
    const std::string where = fields.where("States") + "/" + name;
    if (!value.is_object()) {
      report_.error("Expected an object", where);
      continue;
    }
    if (name.empty() || character_count(name) > kMaxNameCharacters) {
      report_.error("A state's name has 1 to " + std::to_string(kMaxNameCharacters) + " characters", where);
    }
    if (!names_.insert(name).second) report_.error("Duplicate state name: '" + name + "'", where);
    graph.states.emplace(name, read_state(name, FieldReader(value, where, report_)));
  }
  check_transitions(graph, fields);
  return graph;
}

StateDefinition StateReader::read_state(const std::string& name, const FieldReader& fields) {
  StateDefinition state;
  state.name = name;
  const StateType* type = find_type(fields);
  if (type == nullptr) {
    state.next = fields.text("Next");
    return state;
  }
  Fields known = type->fields;
  known.insert(known.end(), {"Type", "Comment", "QueryLanguage"});
  fields.check_known(known);
  fields.require(type->required);
  check_language(fields);
  const auto has = [&](std::string_view field) { return std::ranges::find(type->fields, field) != type->fields.end(); };
  if (has("Next")) read_transition(state, fields);
  if (has("InputPath")) read_flow(state, fields);
  if (has("Retry")) read_error_handling(state, fields);
  if (type->name == "Pass") state.detail = read_pass(fields);
  if (type->name == "Task") state.detail = read_task(fields);
  if (type->name == "Choice") state.detail = read_choice(fields);
  if (type->name == "Wait") state.detail = read_wait(fields);
  if (type->name == "Succeed") state.detail = SucceedState{};
  if (type->name == "Fail") state.detail = read_fail(fields);
  if (type->name == "Parallel") state.detail = read_parallel(fields);
  return state;
}

void StateReader::read_transition(StateDefinition& state, const FieldReader& fields) const {
  state.next = fields.text("Next");
  const bool ends = fields.truth("End");
  if (fields.find("Next") != nullptr && ends) fields.exclude("Next", "End");
  if (fields.find("Next") == nullptr && !ends) fields.error("One of these fields is required: [Next, End]");
}

void StateReader::read_flow(StateDefinition& state, const FieldReader& fields) const {
  state.flow.input_path = fields.nullable_path("InputPath");
  state.flow.output_path = fields.nullable_path("OutputPath");
  state.flow.parameters = fields.payload_template("Parameters");
  state.flow.result_selector = fields.payload_template("ResultSelector");
  state.flow.result_path = fields.reference_path("ResultPath");
}

void StateReader::read_error_handling(StateDefinition& state, const FieldReader& fields) const {
  for (const std::string_view field : {"Retry", "Catch"}) {
    const Json* list = fields.find(field);
    if (list == nullptr) continue;
    if (!list->is_array()) {
      fields.error("Expected a list", field);
      continue;
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::string where = fields.where(field) + "/" + std::to_string(i);
      const bool is_last = i + 1 == list->size();
      if (!(*list)[i].is_object()) {
        report_.error("Expected an object", where);
      } else if (field == "Retry") {
        state.retriers.push_back(read_retrier(FieldReader((*list)[i], where, report_), is_last));
      } else {
        state.catchers.push_back(read_catcher(FieldReader((*list)[i], where, report_), is_last));
      }
    }
  }
}

PassState StateReader::read_pass(const FieldReader& fields) const {
  const Json* result = fields.find("Result");
  return {.result = result == nullptr ? nullptr : make_json(*result)};
}

TaskState StateReader::read_task(const FieldReader& fields) const {
  TaskState task;
  task.resource = parse_resource(fields.text("Resource"));
  if (fields.find("Resource") != nullptr && task.resource.text.empty())
    fields.error("Value cannot be empty", "Resource");
  if (task.resource.type == "tocsin") {
    const Fields known = {"tocsin:query", "tocsin:analyze", "tocsin:notify", "tocsin:http"};
    const std::string& name = task.resource.text;
    if (std::ranges::find(known, name) == known.end()) {
      fields.error("There is no task '" + name + "'", "Resource", did_you_mean(nearest_word(name, known)));
    }
  }
  task.timeout = fields.seconds("TimeoutSeconds", "TimeoutSecondsPath", 1);
  task.heartbeat = fields.seconds("HeartbeatSeconds", "HeartbeatSecondsPath", 1);
  if (task.timeout.seconds && task.heartbeat.seconds && *task.heartbeat.seconds >= *task.timeout.seconds) {
    fields.error("HeartbeatSeconds must be smaller than TimeoutSeconds", "HeartbeatSeconds");
  }
  const Json* credentials = fields.find("Credentials");
  if (credentials != nullptr && !credentials->is_object()) fields.error("Expected an object", "Credentials");
  if (type_ == WorkflowType::kExpress && task.resource.waits_for_token()) {
    fields.error("Express state machine does not support '.waitForTaskToken' service integration", "Resource");
  } else if (type_ == WorkflowType::kExpress && task.resource.is_sync()) {
    fields.error("Express state machine does not support '.sync' service integration", "Resource");
  } else if (type_ == WorkflowType::kExpress && task.resource.kind == ResourceKind::kActivity) {
    fields.error("Express state machine does not support activities", "Resource");
  }
  return task;
}

ChoiceState StateReader::read_choice(const FieldReader& fields) const {
  ChoiceState choice;
  choice.otherwise = fields.text("Default");
  const Json* rules = fields.find("Choices");
  if (rules == nullptr) return choice;
  if (!rules->is_array() || rules->empty()) {
    fields.error(rules->is_array() ? "Value cannot be empty" : "Expected a list", "Choices");
    return choice;
  }
  for (std::size_t i = 0; i < rules->size(); ++i) {
    const std::string where = fields.where("Choices") + "/" + std::to_string(i);
    ChoiceState::Choice entry;
    entry.rule =
        ChoiceRule::compile((*rules)[i], [&](const std::string& message, const std::string& below,
                                             const std::string& hint) { report_.error(message, where + below, hint); });
    if ((*rules)[i].is_object()) {
      const FieldReader rule((*rules)[i], where, report_);
      rule.require({"Next"});
      entry.next = rule.text("Next");
    }
    choice.choices.push_back(std::move(entry));
  }
  return choice;
}

WaitState StateReader::read_wait(const FieldReader& fields) const {
  const Fields forms = {"Seconds", "SecondsPath", "Timestamp", "TimestampPath"};
  const auto given = std::ranges::count_if(forms, [&](std::string_view form) { return fields.find(form) != nullptr; });
  if (given != 1)
    fields.error("Exactly one of these fields is required: [Seconds, SecondsPath, Timestamp, TimestampPath]");
  WaitState wait;
  wait.seconds = fields.seconds("Seconds", "SecondsPath", 0);
  wait.timestamp_path = fields.path("TimestampPath");
  const Json* timestamp = fields.find("Timestamp");
  if (timestamp != nullptr) {
    wait.timestamp = parse_timestamp(fields.text("Timestamp"));
    if (!wait.timestamp && timestamp->is_string()) fields.error("String does not match RFC3339 timestamp", "Timestamp");
  }
  return wait;
}

FailState StateReader::read_fail(const FieldReader& fields) const {
  fields.exclude("Error", "ErrorPath");
  fields.exclude("Cause", "CausePath");
  return {.error = fields.text("Error"),
          .cause = fields.text("Cause"),
          .error_path = fields.path("ErrorPath"),
          .cause_path = fields.path("CausePath")};
}

ParallelState StateReader::read_parallel(const FieldReader& fields) {
  ParallelState parallel;
  const Json* branches = fields.find("Branches");
  if (branches == nullptr) return parallel;
  if (!branches->is_array() || branches->empty()) {
    fields.error(branches->is_array() ? "Value cannot be empty" : "Expected a list", "Branches");
    return parallel;
  }
  for (std::size_t i = 0; i < branches->size(); ++i) {
    const std::string where = fields.where("Branches") + "/" + std::to_string(i);
    if (!(*branches)[i].is_object()) {
      report_.error("Expected an object", where);
      continue;
    }
    const FieldReader branch((*branches)[i], where, report_);
    branch.check_known({"StartAt", "States", "Comment"});
    branch.require({"StartAt", "States"});
    parallel.branches.push_back(read_graph(branch));
  }
  return parallel;
}

}  // namespace tocsin
