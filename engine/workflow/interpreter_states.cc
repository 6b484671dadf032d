// What each type of state does, and what becomes of its failures.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/base/sha256.h"
#include "engine/workflow/data_flow.h"
#include "engine/workflow/interpreter.h"

namespace tocsin {
namespace {

constexpr std::int64_t kMaxWaitSeconds = 2'147'483'647;

// The text of a value in a cause: strings without their quotes.
std::string plain_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : json_text(value);
}

std::int64_t seconds_at(const Scope& scope, const JsonPath& path, const std::string& field) {
  const JsonRef value = scope.find(path);
  if (value == nullptr) {
    throw StateFailure::runtime("The " + field + " parameter does not reference an input value: " + path.text());
  }
  const std::string shown = path.text() + " == " + plain_text(*value);
  if (!value->is_number_integer() || (value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX)) {
    throw StateFailure::runtime("The " + field + " parameter cannot be parsed as a long value: " + shown);
  }
  const auto seconds = value->get<std::int64_t>();
  if (seconds < 0) throw StateFailure::runtime("The " + field + " parameter references a negative value: " + shown);
  return seconds;
}

// TimeoutSeconds and HeartbeatSeconds.
std::optional<std::int64_t> limit_of(const SecondsField& field, const Scope& scope, const std::string& path_field) {
  if (!field.path) return field.seconds;
  scope.require(*field.path);
  const std::int64_t seconds = seconds_at(scope, *field.path, path_field);
  constexpr std::int64_t kMost = 99'999'999;
  if (seconds < 1 || seconds > kMost) {
    throw StateFailure::runtime("The " + path_field + " parameter is not between 1 and " + std::to_string(kMost) +
                                ": " + field.path->text() + " == " + std::to_string(seconds));
  }
  return seconds;
}

EventTime wait_end(const WaitState& state, const Scope& scope, EventTime now) {
  EventTime end = now;
  if (state.seconds.seconds || state.seconds.path) {
    const std::int64_t seconds =
        state.seconds.path ? seconds_at(scope, *state.seconds.path, "SecondsPath") : *state.seconds.seconds;
    if (seconds > kMaxWaitSeconds) throw StateFailure::runtime("Wait state delay is too long.");
    end = now + Period::seconds(seconds);
  } else {
    std::optional<Instant> instant = state.timestamp;
    if (state.timestamp_path) {
      const JsonRef value = scope.find(*state.timestamp_path);
      if (value == nullptr) {
        throw StateFailure::runtime("The TimestampPath parameter does not reference an input value: " +
                                    state.timestamp_path->text());
      }
      if (value->is_string()) instant = parse_timestamp(value->get_ref<const std::string&>());
      if (!instant) {
        throw StateFailure::runtime(
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format "
            "string: " +
            state.timestamp_path->text() + " == " + plain_text(*value));
      }
    }
    // A wait never ends early, so a part of a millisecond counts as a whole one.
    end = instant->time + Period{instant->nanos > 0 ? 1 : 0};
  }
  if (end - now > Period::seconds(kMaxWaitSeconds)) throw StateFailure::runtime("Wait state delay is too long.");
  return std::max(end, now);
}

std::string fail_text(const std::string& text, const std::optional<JsonPath>& path, const Scope& scope,
                      const std::string& field) {
  if (!path) return text;
  const JsonRef value = scope.find(*path);
  if (value == nullptr) {
    throw StateFailure::runtime("The JSONPath '" + path->text() + "' specified for the field '" + field +
                                "' could not be found in the input '" + json_text(*scope.root_of(*path)) + "'");
  }
  if (!value->is_string()) {
    throw StateFailure::runtime("The field '" + field + "' refers to a value that is not a string: " + path->text());
  }
  return value->get<std::string>();
}

Json failure_details(const StateFailure& failure) {
  Json details = Json::object();
  if (!failure.cause.empty()) details["cause"] = failure.cause;
  if (!failure.error.empty()) details["error"] = failure.error;
  return details;
}

void add_resource(Json& details, const TaskResource& resource) {
  if (resource.kind != ResourceKind::kService) return;
  details["resource"] = resource.action;
  details["resourceType"] = resource.type;
}

std::string event_type(const TaskResource& resource, std::string_view what) {
  return std::string(event_prefix(resource.kind)) + std::string(what);
}

}  // namespace

void Interpreter::step(Branch& branch) {
  try {
    switch (branch.phase) {
      case Phase::kEnter:
        enter(branch);
        return;
      case Phase::kRun:
        run(branch);
        return;
      case Phase::kJoin:
        join(branch);
        return;
      case Phase::kTask:
      case Phase::kWait:
      case Phase::kRetry:
      case Phase::kBranches:
        break;
    }
    ENSURE(false && "a branch that waits was made ready");
  } catch (StateFailure& failure) {
    fail_state(branch, std::move(failure));
  }
}

void Interpreter::enter(Branch& branch) {
  // The first of all entered events has no predecessor, as recorded: not the ExecutionStarted.
  if (!std::exchange(entered_any_, true)) branch.last = 0;
  record(branch, std::string(type_name(*branch.state)) + "StateEntered",
         {{"input", *branch.input}, {"name", branch.state->name}});
  branch.entered = branch.last;
  branch.entered_at = now_;
  branch.retries.assign(branch.state->retriers.size(), 0);
  branch.retry_count = 0;
  run(branch);
}

void Interpreter::run(Branch& branch) {
  std::visit([&](const auto& detail) { run_state(branch, detail); }, branch.state->detail);
}

void Interpreter::run_state(Branch& branch, const PassState& state) {
  const Scope scope = scope_of(branch);
  const JsonRef input = effective_input(*branch.state, scope);
  leave(branch, effective_output(*branch.state, scope, state.result == nullptr ? input : state.result));
}

void Interpreter::run_state(Branch& branch, const TaskState& state) {
  const std::uint64_t token = tokens_made_ + 1;
  std::string token_text;
  if (state.resource.waits_for_token()) token_text = content_id("token", {id_, std::to_string(token)});
  const Scope scope = scope_of(branch, std::move(token_text));
  schedule(branch, state, effective_input(*branch.state, scope));
}

void Interpreter::schedule(Branch& branch, const TaskState& task, const JsonRef& parameters) {
  const Scope scope = scope_of(branch);
  const std::optional<std::int64_t> timeout = limit_of(task.timeout, scope, "TimeoutSecondsPath");
  const std::optional<std::int64_t> heartbeat = limit_of(task.heartbeat, scope, "HeartbeatSecondsPath");
  Json scheduled = Json::object();
  if (heartbeat) scheduled["heartbeatInSeconds"] = *heartbeat;
  if (task.resource.kind == ResourceKind::kService) {
    scheduled["parameters"] = *parameters;
    const std::string region = task.resource.type == "tocsin" ? "" : context_->region();
    if (!region.empty()) scheduled["region"] = region;
    add_resource(scheduled, task.resource);
  } else {
    scheduled["input"] = *parameters;
    scheduled["resource"] = task.resource.text;
  }
  if (timeout) scheduled["timeoutInSeconds"] = *timeout;
  Json started = Json::object();
  add_resource(started, task.resource);
  record(branch, event_type(task.resource, "Scheduled"), std::move(scheduled));
  record(branch, event_type(task.resource, "Started"), started);
  if (task.resource.is_submitted()) record(branch, event_type(task.resource, "Submitted"), std::move(started));
  // Nothing here sends heartbeats, so the heartbeat bounds the whole task as the timeout does.
  if (timeout) branch.timer = now_ + Period::seconds(*timeout);
  if (heartbeat)
    branch.timer = std::min(branch.timer.value_or(EventTime{INT64_MAX}), now_ + Period::seconds(*heartbeat));
  branch.phase = Phase::kTask;
  branch.token = {++tokens_made_};
  tasks_[branch.token.value] = branch.id;
  requests_.push_back({.token = branch.token,
                       .state = branch.state->name,
                       .resource = task.resource.text,
                       .parameters = json_text(*parameters),
                       .id = content_id("task", {id_, std::to_string(branch.entered)})});
}

void Interpreter::end_task(Branch& branch, const TaskOutcome& outcome) {
  tasks_.erase(branch.token.value);
  branch.timer.reset();
  const TaskResource& resource = std::get<TaskState>(branch.state->detail).resource;
  StateFailure failure{.error = outcome.error, .cause = outcome.cause, .catchable = true};
  JsonRef result;
  if (outcome.succeeded && outcome.output.size() > kMaxPayloadBytes) {
    failure = StateFailure::too_large(resource.name_in_cause());
    failure.catchable = true;
  } else if (outcome.succeeded) {
    JsonProblem problem;
    result = parse_json(outcome.output, DuplicateKeys::kKeepLast, problem);
    failure.error = kErrorTaskFailed;
    failure.cause = "The task's output is not JSON: " + problem.message;
  }
  if (result == nullptr) {
    Json details = failure_details(failure);
    add_resource(details, resource);
    record(branch, event_type(resource, "Failed"), std::move(details));
    fail_state(branch, std::move(failure));
    return;
  }
  Json details = {{"output", *result}};
  add_resource(details, resource);
  record(branch, event_type(resource, "Succeeded"), std::move(details));
  try {
    leave(branch, effective_output(*branch.state, scope_of(branch), result));
  } catch (StateFailure& late) {
    fail_state(branch, std::move(late));
  }
}

void Interpreter::time_out_task(Branch& branch) {
  tasks_.erase(branch.token.value);
  const TaskResource& resource = std::get<TaskState>(branch.state->detail).resource;
  StateFailure failure{.error = kErrorTimeout, .cause = {}, .catchable = true};
  Json details = failure_details(failure);
  add_resource(details, resource);
  record(branch, event_type(resource, "TimedOut"), std::move(details));
  fail_state(branch, std::move(failure));
}

void Interpreter::run_state(Branch& branch, const ChoiceState& state) {
  const Scope raw = scope_of(branch);
  const Scope scope = raw.with_input(effective_input(*branch.state, raw));
  const auto chosen = std::ranges::find_if(state.choices, [&](const auto& choice) { return choice.rule.holds(scope); });
  const std::string& next = chosen == state.choices.end() ? state.otherwise : chosen->next;
  if (next.empty()) {
    throw StateFailure{.error = kErrorNoChoice,
                       .cause = "Failed to transition out of the state. The state does not point to a next state.",
                       .catchable = true,
                       .cause_names_state = true};
  }
  const JsonRef output = effective_output(*branch.state, scope, scope.input());
  leave(branch, output, {.next = next, .previous = branch.last});
}

void Interpreter::run_state(Branch& branch, const WaitState& state) {
  const Scope raw = scope_of(branch);
  const Scope scope = raw.with_input(effective_input(*branch.state, raw));
  branch.timer = wait_end(state, scope, now_);
  branch.phase = Phase::kWait;
}

void Interpreter::run_state(Branch& branch, const SucceedState&) {
  const Scope raw = scope_of(branch);
  const JsonRef input = effective_input(*branch.state, raw);
  leave(branch, effective_output(*branch.state, raw, input));
}

void Interpreter::run_state(Branch& branch, const FailState& state) {
  const Scope scope = scope_of(branch);
  StateFailure failure{.error = fail_text(state.error, state.error_path, scope, "ErrorPath"),
                       .cause = fail_text(state.cause, state.cause_path, scope, "CausePath"),
                       .catchable = true};
  fail_state(branch, std::move(failure));
}

void Interpreter::run_state(Branch& branch, const ParallelState& state) {
  const Scope scope = scope_of(branch);
  const JsonRef input = effective_input(*branch.state, scope);
  record(branch, "ParallelStateStarted", Json::object());
  branch.results.assign(state.branches.size(), nullptr);
  branch.children.clear();
  branch.phase = Phase::kBranches;
  for (const StateGraph& graph : state.branches) {
    Branch& child = make_branch(graph, input);
    child.parent = branch.id;
    child.slot = branch.children.size();
    child.last = branch.last;
    branch.children.push_back(child.id);
    make_ready(child, Phase::kEnter);
  }
}

// A Wait that is over, or a Parallel state whose branches have all ended.
void Interpreter::join(Branch& branch) {
  const Scope scope = scope_of(branch);
  if (std::holds_alternative<WaitState>(branch.state->detail)) {
    const JsonRef input = effective_input(*branch.state, scope);
    leave(branch, effective_output(*branch.state, scope.with_input(input), input));
    return;
  }
  Json results = Json::array();
  for (const JsonRef& result : branch.results) {
    scope.spend(*result);
    results.push_back(*result);
  }
  branch.results.clear();
  const std::uint64_t previous = branch.last;
  record(branch, "ParallelStateSucceeded", Json::object());
  const JsonRef output = effective_output(*branch.state, scope, make_json(std::move(results)));
  // Recorded so: the exit names the event before the success, not the success.
  leave(branch, output, {.next = branch.state->next, .previous = previous});
}

void Interpreter::fail_state(Branch& branch, StateFailure failure) {
  failure.cause = full_cause(branch, failure);
  failure.cause_names_state = false;
  const bool is_parallel = std::holds_alternative<ParallelState>(branch.state->detail);
  if (failure.catchable && retry(branch, failure)) return;
  if (is_parallel && branch.phase == Phase::kBranches) record(branch, "ParallelStateFailed", Json::object());
  if (failure.catchable && catch_failure(branch, failure)) return;
  if (branch.parent == 0) {
    fail(failure, branch.last);
    return;
  }
  Branch& parent = branches_.at(branch.parent);
  parent.last = branch.last;
  abort_children(parent);
  fail_state(parent, std::move(failure));  // as deep as Parallel states are nested
}

bool Interpreter::retry(Branch& branch, const StateFailure& failure) {
  const std::vector<Retrier>& retriers = branch.state->retriers;
  const auto found = std::ranges::find_if(
      retriers, [&](const Retrier& retrier) { return matches_error(retrier.errors, failure.error); });
  if (found == retriers.end()) return false;
  std::int64_t& done = branch.retries[static_cast<std::size_t>(found - retriers.begin())];
  if (done >= found->max_attempts) return false;
  branch.timer = now_ + found->delay(done);
  ++done;
  ++branch.retry_count;
  branch.phase = Phase::kRetry;
  return true;
}

// False where nothing catches it; `failure` may have become another one, met in the catcher's ResultPath.
bool Interpreter::catch_failure(Branch& branch, StateFailure& failure) {
  const std::vector<Catcher>& catchers = branch.state->catchers;
  const auto found = std::ranges::find_if(
      catchers, [&](const Catcher& catcher) { return matches_error(catcher.errors, failure.error); });
  if (found == catchers.end()) return false;
  const auto text_or_null = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  const JsonRef error = make_json({{"Error", text_or_null(failure.error)}, {"Cause", text_or_null(failure.cause)}});
  try {
    const JsonRef output = combine(found->result_path, branch.input, error);
    check_payload(*output, branch.state->name);
    leave(branch, output, {.next = found->next, .previous = branch.last});
    return true;
  } catch (StateFailure& late) {
    failure = std::move(late);
    failure.cause = full_cause(branch, failure);
    failure.cause_names_state = false;
    return false;
  }
}

void Interpreter::abort_children(Branch& branch) {
  for (std::uint64_t& child : branch.children) {
    if (child == 0) continue;
    branch.last = std::max(branch.last, abort(branches_.at(child)));
    branches_.erase(std::exchange(child, 0));
  }
}

// Ends a branch in the midst of its state; the id of the last event about that.
std::uint64_t Interpreter::abort(Branch& branch) {
  abort_children(branch);
  if (branch.token.value != 0) tasks_.erase(branch.token.value);
  const bool was_entered = branch.phase != Phase::kEnter;
  const std::string_view type = type_name(*branch.state);
  if (was_entered && (type == "Task" || type == "Wait" || type == "Parallel")) {
    record(branch, std::string(type) + "StateAborted", Json::object());
  }
  return branch.last;
}

}  // namespace tocsin
