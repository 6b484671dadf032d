#include "notifiers/delivery_queue.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "engine/base/text.h"
#include "notifiers/notifier.h"

namespace tocsin {
namespace {

// Per contact point. A receiver that is down for a day must not fill the memory.
constexpr std::size_t kMostPending = 10'000;

struct Waiting {
  Notification notification;
  int attempt = 0;  // attempts made
  EventTime due;
};

// One contact point and what waits for it; only the first is ever under way, so order is kept.
struct Line {
  ContactPoint contact;
  const Notifier* notifier = nullptr;
  std::string problem;  // why nothing can be sent
  bool gone = false;    // it answered 410: nothing more is sent
  bool under_way = false;
  std::deque<Waiting> waiting;
};

// An answer that waits until poll() has returned: acting inside the transport's callback could call it while it is at
// work.
struct Answer {
  std::string contact_point;
  HttpResponse response;
};

}  // namespace

struct DeliveryQueue::State {
  State(Transport& used_transport, Options used_options)
      : transport(used_transport), options(std::move(used_options)), answers(std::make_shared<std::vector<Answer>>()) {}

  Transport& transport;
  Options options;
  std::map<std::string, Line, std::less<>> lines;
  // Shared with the callbacks, which may outlive this queue.
  std::shared_ptr<std::vector<Answer>> answers;
  std::size_t pending = 0;
  std::size_t dead = 0;
  std::size_t delivered = 0;

  void report(const Notification& notification, int attempt, RetryDecision decision, AttemptOutcome outcome) const {
    if (!options.on_attempt) return;
    options.on_attempt({.id = notification.id,
                        .contact_point = notification.contact_point,
                        .attempt = attempt,
                        .decision = decision,
                        .outcome = std::move(outcome)});
  }

  void bury(const Notification& notification, int attempt, DeliveryReason reason, std::string error) {
    ++dead;
    AttemptOutcome outcome;
    outcome.error = std::move(error);
    report(notification, attempt, {.step = DeliveryStep::kDeadLetter, .reason = reason, .at = options.now()},
           std::move(outcome));
  }

  void start_due() {
    const EventTime now = options.now();
    for (auto& entry : lines) {
      Line& line = entry.second;
      if (line.under_way || line.waiting.empty() || line.waiting.front().due > now) continue;
      line.under_way = true;
      transport.send(line.notifier->request(line.contact, line.waiting.front().notification, now),
                     [inbox = answers, name = entry.first](HttpResponse response) {
                       inbox->push_back({.contact_point = name, .response = std::move(response)});
                     });
    }
  }

  // How long until something becomes due, at most `wait`.
  Period until_due(Period wait) const {
    const EventTime now = options.now();
    for (const auto& entry : lines) {
      const Line& line = entry.second;
      if (!line.under_way && !line.waiting.empty()) wait = std::min(wait, line.waiting.front().due - now);
    }
    return std::max(wait, Period{});
  }

  void settle(Answer answer) {
    Line& line = lines.find(answer.contact_point)->second;
    line.under_way = false;
    Waiting& first = line.waiting.front();
    ++first.attempt;
    RetryPolicy policy;
    policy = retry_policy(line.contact);
    AttemptOutcome outcome = {.status = answer.response.status,
                              .error = std::move(answer.response.error),
                              .retry_after = std::move(answer.response.retry_after),
                              .date = std::move(answer.response.date)};
    const RetryDecision decision = decide_retry(
        policy, {.outcome = outcome, .attempt = first.attempt, .now = options.now(), .random = options.random()});
    if (decision.step == DeliveryStep::kRetry) {
      first.due = decision.at;
      report(first.notification, first.attempt, decision, std::move(outcome));
      return;
    }
    const Waiting ended = std::move(first);
    line.waiting.pop_front();
    --pending;
    ++(decision.step == DeliveryStep::kDone ? delivered : dead);
    report(ended.notification, ended.attempt, decision, std::move(outcome));
    if (decision.reason == DeliveryReason::kGone) close(line);
  }

  // 410: the receiver asked never to be called again.
  void close(Line& line) {
    line.gone = true;
    std::deque<Waiting> rest;
    rest.swap(line.waiting);
    pending -= rest.size();
    for (const Waiting& waiting : rest) {
      bury(waiting.notification, waiting.attempt, DeliveryReason::kGone, "the contact point answered 410 before");
    }
  }
};

DeliveryQueue::DeliveryQueue(std::vector<ContactPoint> contacts, Transport& transport, Options options)
    : state_(std::make_unique<State>(transport, std::move(options))) {
  for (ContactPoint& contact : contacts) {
    Line line;
    line.notifier = find_notifier(contact.type);
    line.problem = contact_problem(contact);
    line.contact = std::move(contact);
    std::string name = line.contact.name;
    state_->lines.insert_or_assign(std::move(name), std::move(line));
  }
}

DeliveryQueue::~DeliveryQueue() = default;

void DeliveryQueue::push(Notification notification) {
  const auto found = state_->lines.find(notification.contact_point);
  if (found == state_->lines.end()) {
    state_->bury(notification, 0, DeliveryReason::kCannotSucceed,
                 "unknown contact point '" + printable(notification.contact_point) + "'");
    return;
  }
  Line& line = found->second;
  if (!line.problem.empty()) {
    state_->bury(notification, 0, DeliveryReason::kCannotSucceed, line.problem);
  } else if (line.gone) {
    state_->bury(notification, 0, DeliveryReason::kGone, "the contact point answered 410 before");
  } else if (line.waiting.size() >= kMostPending) {
    state_->bury(notification, 0, DeliveryReason::kGaveUp, "too many deliveries wait for this contact point");
  } else {
    line.waiting.push_back({.notification = std::move(notification), .attempt = 0, .due = state_->options.now()});
    ++state_->pending;
  }
}

void DeliveryQueue::run_once(Period wait) {
  state_->start_due();
  state_->transport.poll(state_->until_due(wait));
  std::vector<Answer> answers;
  answers.swap(*state_->answers);
  for (Answer& answer : answers) state_->settle(std::move(answer));
}

std::size_t DeliveryQueue::pending() const {
  return state_->pending;
}
std::size_t DeliveryQueue::dead() const {
  return state_->dead;
}
std::size_t DeliveryQueue::delivered() const {
  return state_->delivered;
}

}  // namespace tocsin
