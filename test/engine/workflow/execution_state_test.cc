// An execution is what it was told: told the same by another, in other steps, it is the same to the byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "engine/base/sha256.h"
#include "engine/workflow/execution.h"
#include "test/engine/workflow/machine_run.h"

namespace tocsin {
namespace {

// Waits of no length and long ones, retries with and without jitter, timeouts, heartbeats, callbacks, nested Parallel
// states that are retried, a loop, and a bound for the whole.
constexpr const char* kMachine = R"json({
  "StartAt": "Fan", "TimeoutSeconds": 240,
  "States": {
    "Fan": {"Type": "Parallel", "ResultPath": "$.fan", "Next": "Enough",
      "Retry": [{"ErrorEquals": ["X"], "IntervalSeconds": 2, "MaxAttempts": 2, "JitterStrategy": "FULL"}],
      "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.problem", "Next": "Rest"}],
      "Branches": [
        {"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "tocsin:http", "TimeoutSeconds": 5,
          "HeartbeatSeconds": 3, "End": true, "Retry": [
            {"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "BackoffRate": 3, "MaxAttempts": 2},
            {"ErrorEquals": ["Y"], "IntervalSeconds": 1, "MaxAttempts": 2, "JitterStrategy": "FULL"}]}}},
        {"StartAt": "Now", "States": {
          "Now": {"Type": "Wait", "Seconds": 0, "Next": "Token"},
          "Token": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"token.$": "$$.Task.Token", "n.$": "$.n"}, "TimeoutSeconds": 20, "ResultPath": null,
            "Next": "Nap", "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Nap"}]},
          "Nap": {"Type": "Wait", "Seconds": 1, "End": true}}},
        {"StartAt": "Inner", "States": {"Inner": {"Type": "Parallel", "End": true, "Branches": [
          {"StartAt": "One", "States": {"One": {"Type": "Task", "Resource": "tocsin:query", "End": true}}},
          {"StartAt": "Two", "States": {"Two": {"Type": "Wait", "Seconds": 0, "Next": "Three"},
            "Three": {"Type": "Task", "Resource": "tocsin:query", "End": true}}}]}}}]},
    "Again": {"Type": "Pass", "Result": true, "ResultPath": "$.again", "Next": "Fan"},
    "Enough": {"Type": "Choice", "Default": "Rest",
      "Choices": [{"Variable": "$.again", "IsPresent": false, "Next": "Again"}]},
    "Rest": {"Type": "Wait", "Seconds": 7, "End": true}}})json";

constexpr EventTime kStart{1'795'168'800'000};

// How the world answers a task: after how long (none: never), and what. The same for the same seed and task.
struct WorldAnswer {
  std::optional<Period> after;
  TaskOutcome outcome;
};

WorldAnswer answer_of(unsigned seed, const TaskRequest& request) {
  std::mt19937 random(seed * 1000 + static_cast<unsigned>(request.token.value));
  WorldAnswer answer;
  constexpr std::int64_t kDelays[] = {0, 0, 0, 300, 1000, 2999, 3000, 6000, 19'000};
  if (random() % 12 != 0) answer.after = Period{kDelays[random() % std::size(kDelays)]};
  static const std::vector<TaskOutcome> kOutcomes = {
      returns("{}"),   returns(R"({"a":[1,2]})"), returns("1.5"), raises("Y"),  raises("X", "why"),
      raises("Other"), returns("oops"),           returns("{}"),  returns("{}")};
  answer.outcome = kOutcomes[random() % kOutcomes.size()];
  return answer;
}

// Runs one execution as the engine does, and lets `between` do what it likes before each step.
class Runner {
 public:
  using Between = std::function<void(Runner&, EventTime next)>;

  Runner(const StateMachine& machine, unsigned seed)
      : machine_(machine), seed_(seed), execution_(machine, {.id = "exe_x", .input = R"({"n":0})", .start = kStart}) {}

  std::string run(const Between& between) {
    settle(kStart);
    while (execution_.status() == ExecutionStatus::kRunning) {
      std::optional<EventTime> next = execution_.next_timer();
      for (const auto& [token, due] : due_) next = next ? std::min(*next, due.at) : due.at;
      if (!next) break;
      between(*this, *next);
      settle(*next);
      for (auto due = due_.begin(); due != due_.end();) {
        if (due->second.at != *next) {
          ++due;
          continue;
        }
        execution_.complete({due->first}, due->second.outcome, *next);
        due = due_.erase(due);
        settle(*next);
      }
    }
    MachineRun shown;
    shown.history = execution_.history();
    return shown.text() + execution_.output() + execution_.error() + execution_.cause();
  }

  void advance(EventTime now) { execution_.advance(now); }

  // What is still wanted is asked for once more, and nothing else.
  void save_and_restore() {
    StateWriter out;
    execution_.save(out);
    const std::string bytes = out.take();
    StateReader in(bytes);
    Execution::Restored restored = Execution::restore(machine_, in);
    ASSERT_TRUE(in.ok() && in.at_end() && restored.faithful);
    execution_ = std::move(restored.execution);
    for (const TaskRequest& request : execution_.take_requests()) {
      EXPECT_TRUE(due_.contains(request.token.value) || !answer_of(seed_, request).after) << request.token.value;
    }
    StateWriter again;
    execution_.save(again);
    EXPECT_EQ(again.take(), bytes);
  }

 private:
  struct Due {
    EventTime at;
    TaskOutcome outcome;
  };

  void settle(EventTime now) {
    execution_.advance(now);
    for (auto requests = execution_.take_requests(); !requests.empty(); requests = execution_.take_requests()) {
      for (const TaskRequest& request : requests) {
        const WorldAnswer answer = answer_of(seed_, request);
        if (answer.after == Period{}) {
          execution_.complete(request.token, answer.outcome, now);
        } else if (answer.after) {
          due_[request.token.value] = {now + *answer.after, answer.outcome};
        }
      }
      execution_.advance(now);
    }
  }

  const StateMachine& machine_;
  unsigned seed_;
  Execution execution_;
  std::map<std::uint64_t, Due> due_;  // by token
};

std::unique_ptr<const StateMachine> parsed(const std::string& definition) {
  Diagnostics diagnostics;
  auto machine = StateMachine::parse("test", definition, diagnostics);
  EXPECT_NE(machine, nullptr) << diagnostics.render();
  return machine;
}

TEST(ExecutionState, StepsAndRestartsChangeNothing) {
  const auto machine = parsed(kMachine);
  std::set<std::string> endings;
  for (unsigned seed = 0; seed < 150; ++seed) {
    const std::string expected = Runner(*machine, seed).run([](Runner&, EventTime) {});
    endings.insert(expected.substr(expected.rfind('\n') + 1));
    std::mt19937 random(seed);
    // More steps than there are timers.
    EventTime last = kStart;
    const std::string stepped = Runner(*machine, seed).run([&](Runner& runner, EventTime next) {
      for (unsigned steps = random() % 4; steps > 0 && next > last; --steps) {
        last = last + Period{static_cast<std::int64_t>(random() % static_cast<std::uint64_t>((next - last).ms))};
        runner.advance(last);
      }
      last = next;
    });
    ASSERT_EQ(stepped, expected) << "seed " << seed;
    const std::string restored = Runner(*machine, seed).run([&](Runner& runner, EventTime) {
      if (random() % 3 == 0) runner.save_and_restore();
    });
    ASSERT_EQ(restored, expected) << "seed " << seed;
    const std::string often = Runner(*machine, seed).run([&](Runner& runner, EventTime) { runner.save_and_restore(); });
    ASSERT_EQ(often, expected) << "seed " << seed;
  }
  EXPECT_GT(endings.size(), 5U);
}

TEST(ExecutionState, OnAnotherMachineItIsNoLongerTheSame) {
  const auto asks = parsed(machine_of(R"("S": {"Type": "Task", "Resource": "a", "Next": "T"},
                                         "T": {"Type": "Wait", "Seconds": 9, "End": true})"));
  const auto waits = parsed(machine_of(R"("S": {"Type": "Wait", "Seconds": 9, "End": true})"));
  Execution execution(*asks, {.id = "exe_x", .start = kStart});
  execution.advance(kStart);
  execution.complete(execution.take_requests().at(0).token, returns("{}"), kStart);
  execution.advance(kStart);
  StateWriter out;
  execution.save(out);
  const std::string bytes = out.take();
  StateReader same(bytes);
  EXPECT_TRUE(Execution::restore(*asks, same).faithful);
  StateReader other(bytes);
  EXPECT_FALSE(Execution::restore(*waits, other).faithful);
}

// An answer that comes too late leaves no trace in what is saved.
TEST(ExecutionState, RemembersOnlyAnswersThatCounted) {
  const auto machine = parsed(machine_of(R"("S": {"Type": "Task", "Resource": "a", "End": true})"));
  Execution execution(*machine, {.id = "exe_x", .start = kStart});
  execution.advance(kStart);
  StateWriter before, after;
  execution.save(before);
  for (int i = 0; i < 100; ++i) execution.complete({77}, returns("{}"), kStart);
  execution.save(after);
  EXPECT_EQ(before.take(), after.take());
}

}  // namespace
}  // namespace tocsin
