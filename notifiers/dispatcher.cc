#include "notifiers/dispatcher.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <map>
#include <optional>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/delivery/failure_notices.h"
#include "engine/delivery/retry.h"
#include "engine/delivery/secret_words.h"
#include "notifiers/notifier.h"

namespace tocsin {
namespace {

// While a breaker is open, how often is looked for deliveries that have become too old.
constexpr Period kExpiryCheck = Period::minutes(1);
constexpr std::size_t kMostBuried = 100;  // dead letters without an attempt, at a time
constexpr std::size_t kMostReply = 1024;

// One contact point.
struct Line {
  ContactPoint contact;
  const Notifier* notifier = nullptr;
  std::string problem;  // why nothing can be sent
  SecretWords secrets;  // that its receiver may repeat
  bool removed = false;
  CircuitBreaker breaker;
  double tokens = 0;  // of its rate limit
  EventTime filled;
  std::vector<std::string> keys;     // order keys whose delivery is under way, or has ended and is not yet recorded
  std::optional<EventTime> look_at;  // when to ask the outbox again; nothing: when woken
  std::string last_failure;
  bool told_fallback = false;  // what died before this program began was noted

  std::size_t free_places() const {
    const auto places = static_cast<std::size_t>(std::max(contact.concurrency, 1));
    return places - std::min(places, keys.size());
  }
};

struct Flight {
  std::string contact_point;
  Delivery delivery;
  const Notifier* notifier = nullptr;
  EventTime begin;
};

// An answer that waits until poll() has returned: acting inside the transport's callback could call it while it is at
// work.
struct Answer {
  std::uint64_t flight = 0;
  HttpResponse response;
};

struct Ended {
  Delivery delivery;
  DeliveryAttempt attempt;
};

}  // namespace

struct Dispatcher::State {
  State(Outbox& used_outbox, Transport& used_transport, Options used_options)
      : outbox(used_outbox),
        transport(used_transport),
        options(std::move(used_options)),
        answers(std::make_shared<std::vector<Answer>>()) {
    ENSURE(options.dead_letters != nullptr);
  }

  Outbox& outbox;
  Transport& transport;
  Options options;
  std::map<std::string, Line, std::less<>> lines;
  std::map<std::uint64_t, Flight> flights;
  std::uint64_t next_flight = 1;
  // Shared with the callbacks, which may outlive this dispatcher.
  std::shared_ptr<std::vector<Answer>> answers;
  std::vector<Ended> ended;                                   // not yet recorded
  std::vector<std::pair<std::string, std::string>> closings;  // contact points that answered 410, with the reason
  FailureNotices notices;
  std::vector<Notification> untold;  // taken from `notices`, not yet stored
  EventTime last_now;
  bool finishing = false;
  std::atomic<bool> woken{true};

  EventTime now() {
    const EventTime time = options.now();
    if (time < last_now) woken = true;  // the clock was set back: what was to come is to be reckoned anew
    last_now = time;
    return time;
  }

  void configure(std::vector<ContactPoint> contacts);
  void record_ended();
  void start_due();
  void start_line(Line& line, EventTime time);
  std::size_t allowance(Line& line, EventTime time);
  void bury(Line& line, Delivery delivery, DeliveryReason reason, std::string error);
  bool bury_due(Line& line, EventTime time, bool only_expired);
  void send(Line& line, Delivery delivery, EventTime time);
  void settle(const Answer& answer);
  void note_former_deaths();
  void tell_fallbacks();
  Period until_due(Period wait);
};

void Dispatcher::State::configure(std::vector<ContactPoint> contacts) {
  for (auto& entry : lines) entry.second.removed = true;
  const EventTime time = now();
  for (ContactPoint& contact : contacts) {
    Line& line = lines[contact.name];
    // Another address is another receiver, of which nothing is known yet.
    if (line.contact.url != contact.url) line.breaker = CircuitBreaker();
    line.removed = false;
    line.told_fallback = line.told_fallback && line.contact.fallback == contact.fallback;
    line.notifier = find_notifier(contact.type);
    line.problem = contact_problem(contact);
    line.secrets = SecretWords(contact);
    line.contact = std::move(contact);
    line.tokens = std::max(line.contact.rate, 1.0);
    line.filled = time;
    line.look_at = time;
  }
  std::erase_if(lines, [](const auto& entry) { return entry.second.removed && entry.second.keys.empty(); });
}

// Stores how attempts ended. Only then may the next of their order keys begin, and are they told to others.
void Dispatcher::State::record_ended() {
  if (!ended.empty()) {
    std::vector<DeliveryAttempt> attempts;
    attempts.reserve(ended.size());
    for (const Ended& one : ended) attempts.push_back(one.attempt);
    outbox.record(attempts);
    std::vector<Ended> recorded;
    recorded.swap(ended);
    const EventTime time = now();
    for (const Ended& one : recorded) {
      const Notification& notification = one.delivery.notification;
      const auto found = lines.find(notification.contact_point);
      ENSURE(found != lines.end());
      Line& line = found->second;
      const auto key = std::find(line.keys.begin(), line.keys.end(), notification.order_key);
      if (key != line.keys.end()) line.keys.erase(key);
      line.look_at = time;
      if (one.attempt.decision.reason == DeliveryReason::kGone) {
        closings.emplace_back(notification.contact_point, failure_text(one.attempt));
      }
      if (options.on_attempt) options.on_attempt(one.delivery, one.attempt);
    }
    std::erase_if(lines, [](const auto& entry) { return entry.second.removed && entry.second.keys.empty(); });
  }
  while (!closings.empty()) {
    outbox.close(closings.back().first, closings.back().second, now());
    closings.pop_back();
  }
  note_former_deaths();
  tell_fallbacks();
}

// The program may have been killed between a death and its notice.
void Dispatcher::State::note_former_deaths() {
  for (auto& entry : lines) {
    Line& line = entry.second;
    if (line.told_fallback || line.removed || line.contact.fallback.empty()) continue;
    for (const DeadLetters::Death& death : options.dead_letters->newest(line.contact.name)) {
      notices.note(line.contact, death.delivery, death.attempt);
    }
    line.told_fallback = true;
  }
}

void Dispatcher::State::tell_fallbacks() {
  for (Notification& notice : notices.take(now(), *options.dead_letters)) untold.push_back(std::move(notice));
  while (!untold.empty()) {
    options.dead_letters->add(untold.back(), now());
    untold.pop_back();
    woken = true;
  }
}

void Dispatcher::State::start_due() {
  const EventTime time = now();
  if (woken.exchange(false)) {
    for (auto& entry : lines) entry.second.look_at = time;
  }
  if (finishing) return;
  for (auto& entry : lines) start_line(entry.second, time);
}

// How many deliveries the rate limit lets begin now.
std::size_t Dispatcher::State::allowance(Line& line, EventTime time) {
  const double rate = line.contact.rate;
  if (!(rate > 0)) return line.free_places();
  const double most = std::max(rate, 1.0);  // a second's worth may come at once
  const double passed_s = static_cast<double>(std::max((time - line.filled).ms, std::int64_t{0})) / 1000;
  line.tokens = std::min(most, line.tokens + passed_s * rate);
  line.filled = time;
  if (line.tokens < 1) {
    line.look_at = time + Period{static_cast<std::int64_t>(std::ceil((1 - line.tokens) / rate * 1000))};
    return 0;
  }
  return std::min(line.free_places(), static_cast<std::size_t>(line.tokens));
}

void Dispatcher::State::start_line(Line& line, EventTime time) {
  if (line.removed || line.free_places() == 0 || !line.look_at || *line.look_at > time) return;
  if (!line.problem.empty()) {
    if (!bury_due(line, time, false)) line.look_at = outbox.next_due(line.contact.name, line.keys);
    return;
  }
  if (!line.breaker.is_ready(time)) {
    if (bury_due(line, time, true)) return;
    line.look_at = time + kExpiryCheck;
    if (const auto until = line.breaker.opens_until()) line.look_at = std::min(*line.look_at, *until);
    return;
  }
  std::size_t most = allowance(line, time);
  if (most == 0) return;
  if (line.breaker.state() != BreakerState::kClosed) most = 1;  // a probe
  std::vector<Delivery> due = outbox.due(line.contact.name, time, most, line.keys);
  const bool all = due.size() < most;
  for (Delivery& delivery : due) {
    if (!line.breaker.may_call(time)) break;
    send(line, std::move(delivery), time);
  }
  if (all) line.look_at = outbox.next_due(line.contact.name, line.keys);
}

void Dispatcher::State::bury(Line& line, Delivery delivery, DeliveryReason reason, std::string error) {
  line.keys.push_back(delivery.notification.order_key);
  line.last_failure = error;
  DeliveryAttempt attempt;
  attempt.sequence = delivery.sequence;
  attempt.attempt = delivery.attempts + 1;
  attempt.at = last_now;
  attempt.outcome.error = std::move(error);
  attempt.decision = {.step = DeliveryStep::kDeadLetter, .reason = reason, .at = last_now};
  notices.note(line.contact, delivery, attempt);
  ended.push_back({.delivery = std::move(delivery), .attempt = std::move(attempt)});
}

// Makes dead letters of what is due and can't be sent. False where there is nothing.
bool Dispatcher::State::bury_due(Line& line, EventTime time, bool only_expired) {
  bool any = false;
  for (Delivery& delivery : outbox.due(line.contact.name, time, kMostBuried, line.keys)) {
    if (only_expired && delivery.created + line.contact.max_age > time) continue;
    any = true;
    if (only_expired) {
      const std::string last = delivery.reason.empty() ? line.last_failure : delivery.reason;
      std::string error = "given up after " + to_text(line.contact.max_age);
      if (!last.empty()) error += "; the last failure: " + last;
      bury(line, std::move(delivery), DeliveryReason::kGaveUp, std::move(error));
    } else {
      bury(line, std::move(delivery), DeliveryReason::kCannotSucceed, line.problem);
    }
  }
  return any;
}

void Dispatcher::State::send(Line& line, Delivery delivery, EventTime time) {
  if (line.contact.rate > 0) line.tokens -= 1;
  line.keys.push_back(delivery.notification.order_key);
  HttpRequest request = line.notifier->request(line.contact, delivery.notification, time);
  if (delivery.redrives > 0) request.headers.emplace_back("webhook-redrive", std::to_string(delivery.redrives));
  const std::uint64_t flight = next_flight++;
  flights.emplace(flight, Flight{.contact_point = line.contact.name,
                                 .delivery = std::move(delivery),
                                 .notifier = line.notifier,
                                 .begin = time});
  transport.send(std::move(request), [inbox = answers, flight](HttpResponse response) {
    inbox->push_back({.flight = flight, .response = std::move(response)});
  });
}

void Dispatcher::State::settle(const Answer& answer) {
  const auto found = flights.find(answer.flight);
  ENSURE(found != flights.end());
  Flight flight = std::move(found->second);
  flights.erase(found);
  Line& line = lines.find(flight.contact_point)->second;
  const EventTime time = now();
  DeliveryAttempt attempt;
  attempt.sequence = flight.delivery.sequence;
  attempt.attempt = flight.delivery.attempts + 1;
  attempt.at = flight.begin;
  attempt.took = std::max(time - flight.begin, Period{});
  attempt.outcome = flight.notifier->outcome(answer.response);
  // More than is kept, so that a secret at its end is still whole, and known.
  attempt.reply = line.secrets.redacted(answer.response.body.substr(0, 4 * kMostReply)).substr(0, kMostReply);
  attempt.decision = decide_retry(retry_policy(line.contact), {.outcome = attempt.outcome,
                                                               .attempt = attempt.attempt,
                                                               .created = flight.delivery.created,
                                                               .now = time,
                                                               .random = options.random()});
  if (is_receiver_failure(attempt.decision.reason)) {
    line.breaker.failure(time, parse_retry_after(attempt.outcome.retry_after, attempt.outcome.date, time));
  } else {
    line.breaker.success(time);
  }
  for (std::string* text : {&attempt.outcome.error, &attempt.outcome.retry_after, &attempt.outcome.date}) {
    *text = line.secrets.redacted(std::move(*text));
  }
  line.last_failure = failure_text(attempt);
  if (attempt.decision.step == DeliveryStep::kDeadLetter) notices.note(line.contact, flight.delivery, attempt);
  ended.push_back({.delivery = std::move(flight.delivery), .attempt = std::move(attempt)});
}

// How long until something is to be begun, at most `wait`.
Period Dispatcher::State::until_due(Period wait) {
  if (!ended.empty() || woken) return {};
  const EventTime time = now();
  for (const auto& entry : lines) {
    const Line& line = entry.second;
    if (finishing || line.removed || line.free_places() == 0 || !line.look_at) continue;
    wait = std::min(wait, *line.look_at - time);
  }
  if (const std::optional<EventTime> next = notices.next()) wait = std::min(wait, *next - time);
  return std::max(wait, Period{});
}

Dispatcher::Dispatcher(std::vector<ContactPoint> contacts, Outbox& outbox, Transport& transport, Options options)
    : state_(std::make_unique<State>(outbox, transport, std::move(options))) {
  state_->configure(std::move(contacts));
}

Dispatcher::~Dispatcher() = default;

void Dispatcher::run_once(Period wait) {
  State& state = *state_;
  std::exception_ptr trouble;
  try {
    state.record_ended();
    state.start_due();
  } catch (const std::exception&) {
    trouble = std::current_exception();  // what is under way goes on meanwhile
  }
  if (trouble && state.flights.empty()) wait = {};
  state.transport.poll(trouble ? wait : state.until_due(wait));
  std::vector<Answer> answers;
  answers.swap(*state.answers);
  for (const Answer& answer : answers) state.settle(answer);
  if (trouble) std::rethrow_exception(trouble);
  state.record_ended();
}

void Dispatcher::wake() {
  state_->woken = true;
  state_->transport.wake();
}

void Dispatcher::reconfigure(std::vector<ContactPoint> contacts) {
  state_->configure(std::move(contacts));
}

void Dispatcher::finish() {
  state_->finishing = true;
}

std::size_t Dispatcher::under_way() const {
  return state_->flights.size() + state_->ended.size();
}

std::vector<ContactPointStatus> Dispatcher::status() const {
  std::vector<ContactPointStatus> result;
  for (const auto& [name, line] : state_->lines) {
    result.push_back({.contact_point = name,
                      .breaker = line.breaker.state(),
                      .under_way = line.keys.size(),
                      .last_failure = line.last_failure});
  }
  return result;
}

}  // namespace tocsin
