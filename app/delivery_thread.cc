#include "app/delivery_thread.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include "app/console.h"
#include "engine/base/ensure.h"
#include "engine/delivery/memory_outbox.h"

namespace tocsin {
namespace {

using Clock = std::chrono::steady_clock;

// Nothing is asked of the outbox before it is due or somebody calls wake(): this is how often the thread looks around.
constexpr Period kLookAround = Period::seconds(1);
constexpr std::chrono::milliseconds kWaitSlice{20};  // between two looks at `interrupted`
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{10'000};
constexpr std::chrono::minutes kTellAgain{5};
constexpr std::size_t kMostIncoming = 10'000;

EventTime wall_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

struct Failure {
  std::string id;
  int attempt = 0;
  DeliveryReason reason{};
  std::string text;
};

}  // namespace

struct DeliveryThread::State {
  Options options;
  MemoryOutbox* memory = nullptr;  // the thread's own; null with another outbox

  mutable std::mutex mutex;  // guards what follows up to `changed`
  std::deque<Notification> incoming;
  std::optional<std::vector<ContactPoint>> contacts;  // of a reconfigure() that has not been followed yet
  bool finishing = false;
  int waiting = 0;          // callers of wait()
  std::uint64_t asked = 0;  // counts the calls that want something done
  std::uint64_t seen = 0;   // of those, how many were done when the rest here was written
  std::size_t under_way = 0;
  DeliveryCounts counts;
  std::vector<ContactPointStatus> status;
  std::map<std::string, Failure> failed;  // by contact point: the newest attempt, where it failed
  std::string trouble;
  Dispatcher* dispatcher = nullptr;  // while the thread has one
  std::condition_variable_any changed;
  std::jthread thread;  // last: joined first

  void note(const Delivery& delivery, const DeliveryAttempt& attempt) {
    if (options.on_attempt) options.on_attempt(delivery, attempt);
    const std::string& contact = delivery.notification.contact_point;
    const std::lock_guard lock(mutex);
    if (attempt.decision.reason == DeliveryReason::kDelivered) {
      failed.erase(contact);
    } else {
      failed.insert_or_assign(contact, Failure{.id = delivery.notification.id,
                                               .attempt = attempt.attempt,
                                               .reason = attempt.decision.reason,
                                               .text = failure_text(attempt)});
    }
  }

  // Something is to be done: the thread looks at once.
  std::uint64_t ask() {
    std::uint64_t number = 0;
    {
      const std::lock_guard lock(mutex);
      number = ++asked;
      if (dispatcher != nullptr) dispatcher->wake();
    }
    changed.notify_all();
    return number;
  }

  OpenedOutbox open_outbox() {
    if (options.open) return options.open();
    auto outbox = std::make_unique<MemoryOutbox>();
    memory = outbox.get();
    return {.outbox = std::move(outbox), .dead_letters = memory, .counts = [held = memory]() -> DeliveryCounts {
              return {.delivered = held->delivered(), .pending = held->pending(), .dead = held->dead()};
            }};
  }

  void run(const std::stop_token& stop);
  void work(const std::stop_token& stop, Transport& transport, const std::function<double()>& random);
  void round(Dispatcher& with, const OpenedOutbox& opened);
  void tell_trouble(const std::string& text, std::optional<Clock::time_point>& told);
};

// One look at what is new, and what follows from it.
void DeliveryThread::State::round(Dispatcher& with, const OpenedOutbox& opened) {
  std::deque<Notification> taken;
  std::optional<std::vector<ContactPoint>> configured;
  std::uint64_t now_seen = 0;
  bool end = false;
  Period wait = kLookAround;
  {
    const std::lock_guard lock(mutex);
    taken.swap(incoming);
    configured.swap(contacts);
    now_seen = asked;
    end = finishing;
    if (waiting > 0 && seen < now_seen) wait = {};  // somebody wants to know how things stand
  }
  changed.notify_all();  // there is room for more
  for (const Notification& notification : taken) memory->add(notification, wall_now());
  if (configured) with.reconfigure(std::move(*configured));
  if (end) with.finish();
  with.run_once(wait);
  bool count = false;
  {
    const std::lock_guard lock(mutex);
    count = waiting > 0;
  }
  const DeliveryCounts counted = count ? opened.counts() : DeliveryCounts{};
  {
    const std::lock_guard lock(mutex);
    if (count) counts = counted, seen = now_seen;
    under_way = with.under_way();
    status = with.status();
    trouble.clear();
  }
  changed.notify_all();
}

// Until the end, or until the outbox can't be opened.
void DeliveryThread::State::work(const std::stop_token& stop, Transport& transport,
                                 const std::function<double()>& random) {
  const OpenedOutbox opened = open_outbox();
  Dispatcher made(
      options.contacts, *opened.outbox, transport,
      {.dead_letters = opened.dead_letters,
       .now = wall_now,
       .random = random,
       .on_attempt = [this](const Delivery& delivery, const DeliveryAttempt& attempt) { note(delivery, attempt); }});
  {
    const std::lock_guard lock(mutex);
    dispatcher = &made;
  }
  std::optional<Clock::time_point> told;
  auto pause = kFirstPause;
  while (!stop.stop_requested()) {
    try {
      round(made, opened);
      pause = kFirstPause;
    } catch (const std::exception& error) {
      tell_trouble(error.what(), told);
      std::unique_lock lock(mutex);
      changed.wait_for(lock, stop, pause, [] { return false; });
      pause = std::min(pause * 2, kLongestPause);
    }
  }
  const std::lock_guard lock(mutex);
  dispatcher = nullptr;
}

// Of the same trouble now and then, of another at once.
void DeliveryThread::State::tell_trouble(const std::string& text, std::optional<Clock::time_point>& told) {
  {
    const std::lock_guard lock(mutex);
    const bool same = trouble == text;
    trouble = text;
    if (same && told && Clock::now() - *told < kTellAgain) return;
  }
  told = Clock::now();
  tell("deliveries wait: " + text);
}

void DeliveryThread::State::run(const std::stop_token& stop) {
  const std::unique_ptr<Transport> transport = make_curl_transport();
  std::mt19937_64 generator(std::random_device{}());
  std::uniform_real_distribution<double> unit(0, 1);
  std::optional<Clock::time_point> told;
  auto pause = kFirstPause;
  while (!stop.stop_requested()) {
    try {
      work(stop, *transport, [&] { return unit(generator); });
    } catch (const std::exception& error) {
      tell_trouble(error.what(), told);
      std::unique_lock lock(mutex);
      changed.wait_for(lock, stop, pause, [] { return false; });
      pause = std::min(pause * 2, kLongestPause);
    }
  }
}

DeliveryThread::DeliveryThread(Options options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
  state_->thread = std::jthread([state = state_.get()](const std::stop_token& stop) { state->run(stop); });
}

DeliveryThread::DeliveryThread(std::vector<ContactPoint> contacts)
    : DeliveryThread(Options{.contacts = std::move(contacts), .open = nullptr, .on_attempt = nullptr}) {}

DeliveryThread::~DeliveryThread() {
  state_->thread.request_stop();
  state_->ask();
}

void DeliveryThread::push(Notification notification) {
  ENSURE(!state_->options.open);
  {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [&] { return state_->incoming.size() < kMostIncoming; });
    state_->incoming.push_back(std::move(notification));
  }
  state_->ask();
}

void DeliveryThread::wake() {
  state_->ask();
}

void DeliveryThread::reconfigure(std::vector<ContactPoint> contacts) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->contacts = std::move(contacts);
  }
  state_->ask();
}

DeliveryCounts DeliveryThread::wait(Period wait, const std::function<bool()>& interrupted) {
  const auto end = Clock::now() + std::chrono::milliseconds(wait.ms);
  {
    const std::lock_guard lock(state_->mutex);
    ++state_->waiting;
  }
  const std::uint64_t number = state_->ask();
  std::unique_lock lock(state_->mutex);
  const auto done = [&] { return state_->seen >= number && state_->counts.pending == 0; };
  // What was asked for is counted even where there is no time to wait for it; an outbox that fails can't be counted.
  const auto counted = [&] { return state_->seen >= number || !state_->trouble.empty(); };
  while (!done() && (Clock::now() < end || !counted()) && !interrupted()) {
    state_->changed.wait_for(lock, kWaitSlice);
  }
  --state_->waiting;
  DeliveryCounts result = state_->counts;
  // Where nobody could count, something is left for sure: nobody may take this for "all delivered".
  if (state_->seen < number) result.pending = std::max<std::uint64_t>({result.pending, state_->incoming.size(), 1});
  return result;
}

void DeliveryThread::finish(Period wait) {
  const auto end = Clock::now() + std::chrono::milliseconds(wait.ms);
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(state_->mutex);
    state_->finishing = true;
    ++state_->waiting;
  }
  number = state_->ask();
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_until(lock, end, [&] { return state_->seen >= number && state_->under_way == 0; });
  --state_->waiting;
}

std::vector<std::string> DeliveryThread::failures() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<std::string> lines;
  for (const auto& [contact, failure] : state_->failed) {
    lines.push_back(fmt::format("contact point '{}': attempt {} for {} failed ({}): {}", contact, failure.attempt,
                                failure.id, to_text(failure.reason), failure.text));
  }
  return lines;
}

std::vector<ContactPointStatus> DeliveryThread::status() const {
  const std::lock_guard lock(state_->mutex);
  return state_->status;
}

std::string DeliveryThread::trouble() const {
  const std::lock_guard lock(state_->mutex);
  return state_->trouble;
}

}  // namespace tocsin
