#include "app/replay_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <thread>

#include "app/console.h"
#include "app/delivery_thread.h"
#include "app/durable_outbox.h"
#include "app/effect_log.h"
#include "app/exit_code.h"
#include "app/incident_report.h"
#include "app/ingest.h"
#include "app/interrupt.h"
#include "app/pacer.h"
#include "app/replay_view.h"
#include "app/result_writer.h"
#include "app/task_runner.h"
#include "app/text_file.h"
#include "engine/base/text.h"
#include "engine/delivery/contact_point_types.h"
#include "engine/pipeline/engine.h"
#include "engine/workflow/json.h"
#include "replay/byte_source.h"
#include "store/owner_lock.h"
#include "store/sqlite_event_store.h"
#include "store/sqlite_outbox.h"

namespace tocsin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kItemsPerTick = 4096;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::unique_ptr<ReplayView> make_view(const ReplayOptions& options, const std::vector<OpenedFile>& files) {
  const ViewOptions view{.files = files,
                         .speed = options.speed <= 0 ? "max" : number_text(options.speed),
                         .colour = options.colour,
                         .utf8 = options.utf8};
  switch (options.output) {
    case Output::kNdjson:
      return make_ndjson_view(view);
    case Output::kJson:
      return make_json_view(view);
    case Output::kText:
      return options.terminal ? make_terminal_view(view) : make_text_view(view);
  }
  return nullptr;
}

Database open_database(const ReplayOptions& options) {
  Database database = Database::open(options.data_dir);
  if (holds_live_state(database)) {
    throw StoreError(options.data_dir + " belongs to `tocsin tail` or `tocsin run`; name another directory");
  }
  if (discard_unfinished_run(database)) {
    tell(options.data_dir + " holds what a run left that did not end: starting over");
  }
  return database;
}

EventTime wall_time() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

unsigned parse_threads(const ReplayOptions& options) {
  if (options.threads > 0) return options.threads;
  const unsigned cores = std::max(2U, std::thread::hardware_concurrency());
  return std::min(4U, cores - 1);
}

class Run {
 public:
  Run(const ReplayOptions& options, const RuleSet& rules)
      : options_(options),
        rules_(rules),
        lock_(options.data_dir.empty() ? std::nullopt : std::optional<OwnerLock>(options.data_dir)),
        database_(open_database(options)),
        events_(database_, {.retention = rules.retention}),
        tasks_(options.notify ? make_curl_transport() : nullptr),
        engine_(rules, events_, options.paths, &tasks_),
        log_(options.paths),
        report_(options.paths) {
    if (options.data_dir.empty()) return;
    results_ = std::make_unique<ResultWriter>(database_);
    outbox_ = std::make_unique<SqliteOutbox>(database_);
  }

  int run();

 private:
  void take_items(Ingest& ingest, const Interrupt& interrupt);
  void take_dead_letter(const DeadLetter& letter);
  void drain();
  void show_progress(const Ingest& ingest, std::optional<EventTime> now);
  void deliver(const Notification& notification);
  void wait_for_deliveries(const Interrupt& interrupt);
  int exit_code(const Ingest& ingest, const Interrupt& interrupt) const;
  bool load_mocks();
  bool write_report() const;

  const ReplayOptions& options_;
  const RuleSet& rules_;
  std::optional<OwnerLock> lock_;
  Database database_;
  SqliteEventStore events_;
  std::unique_ptr<ResultWriter> results_;
  std::unique_ptr<SqliteOutbox> outbox_;  // of a data directory; else deliveries are kept in memory
  TaskRunner tasks_;
  Engine engine_;
  EffectLog log_;
  IncidentReport report_;
  std::unique_ptr<ReplayView> view_;
  std::unique_ptr<DeliveryThread> delivery_;
  ReplaySummary summary_;
  std::optional<Severity> worst_;  // of the findings and of the alarms that fired
  bool report_failed_ = false;
  Clock::time_point start_ = Clock::now();
};

bool Run::load_mocks() {
  if (options_.mocks.empty()) return true;
  const std::string text = read_text_file(options_.mocks);
  JsonProblem problem;
  const JsonRef mocks = parse_json(text, DuplicateKeys::kKeepLast, problem);
  if (mocks == nullptr) {
    tell(fmt::format("{}:{}:{}: {}", options_.mocks, problem.line, problem.column, problem.message));
    return false;
  }
  try {
    tasks_.use(TaskMocks::parse(*mocks));
  } catch (const std::invalid_argument& error) {
    tell(options_.mocks + ": " + error.what());
    return false;
  }
  return true;
}

int Run::run() {
  if (!load_mocks()) return kExitFailure;
  if (results_ && !results_->is_empty()) {
    tell(options_.data_dir + " already holds the results of a run; name an empty directory");
    return kExitFailure;
  }
  Ingest ingest({.paths = options_.paths,
                 .fields = rules_.event,
                 .projection = engine_.projection(),
                 .format = options_.format,
                 .zone_offset = options_.zone_offset,
                 .reference = wall_time(),
                 .parsers = parse_threads(options_)});
  Interrupt interrupt;
  interrupt.on_request([&] { ingest.stop(); });
  tasks_.stop_when([&] { return interrupt.requested(); });
  view_ = make_view(options_, ingest.files());
  if (options_.notify) {
    DeliveryThread::Options delivery{.contacts = rules_.contact_points, .open = {}, .on_attempt = {}};
    if (outbox_) delivery.open = [dir = options_.data_dir] { return open_durable_outbox(dir); };
    delivery_ = std::make_unique<DeliveryThread>(std::move(delivery));
  }

  take_items(ingest, interrupt);
  engine_.finish();
  drain();
  events_.flush();
  summary_.interrupted = interrupt.requested();
  summary_.wall_s = seconds_since(start_);
  if (delivery_) wait_for_deliveries(interrupt);
  summary_.counters = engine_.counters();
  summary_.services = engine_.services();
  summary_.lines = summary_.events + summary_.counters.dead_letters;
  const std::string line = log_.line_of(summary_);
  if (results_) results_->finish(line, summary_);
  view_->on_end(summary_, line);
  interrupt.on_request(nullptr);
  report_failed_ = !write_report();
  return exit_code(ingest, interrupt);
}

void Run::take_items(Ingest& ingest, const Interrupt& interrupt) {
  Pacer pacer(options_.speed, interrupt);
  std::uint64_t until_tick = kItemsPerTick;
  while (!interrupt.requested()) {
    const OrderedEvents::Item item = ingest.front();
    if (item.dead != nullptr) {
      take_dead_letter(*item.dead);
    } else if (item.event != nullptr) {
      const LogEvent& event = *item.event;
      ++summary_.events;
      if ((options_.from && event.time < *options_.from) || (options_.to && event.time >= *options_.to)) {
        ++summary_.skipped;
      } else {
        if (options_.speed > 0 && !pacer.wait_for(event.time, [&](EventTime now) { show_progress(ingest, now); })) {
          --summary_.events;  // not taken in
          break;
        }
        engine_.on_event(event);
        if (engine_.has_effects()) drain();
      }
    } else {
      break;
    }
    ingest.pop();
    if (--until_tick == 0) {
      until_tick = kItemsPerTick;
      show_progress(ingest, engine_.watermark());
    }
  }
}

void Run::take_dead_letter(const DeadLetter& letter) {
  engine_.on_dead_letter();
  ++summary_.dead_letters_by_reason[std::string(to_text(letter.reason))];
  const ShownDeadLetter shown{.reason = letter.reason,
                              .file = options_.paths[letter.origin.file],
                              .line = letter.origin.line,
                              .offset = letter.origin.offset,
                              .raw = letter.raw};
  const std::string line = log_.line_of(shown, engine_.watermark());
  if (results_) results_->put(shown, engine_.watermark(), line, fmt::format("{}:{}", shown.file, shown.line));
  report_.on_dead_letter(shown);
  view_->on_dead_letter(shown, line);
}

void Run::drain() {
  for (const Effect& effect : engine_.take_effects()) {
    const std::string line = log_.line_of(effect);
    if (results_) results_->put(effect, line);
    report_.on_effect(effect);
    view_->on_effect(effect, line);
    if (const auto* notification = std::get_if<Notification>(&effect)) {
      deliver(*notification);
    } else if (const auto* finding = std::get_if<Finding>(&effect)) {
      worst_ = std::max(worst_, std::optional(finding->severity));
    } else if (const auto* transition = std::get_if<StateTransition>(&effect)) {
      if (transition->to == AlarmState::kAlarm) worst_ = std::max(worst_, std::optional(transition->severity));
    }
  }
}

// A contact point without a url is only shown what it would get; the user has been told.
void Run::deliver(const Notification& notification) {
  const auto contact = std::ranges::find(rules_.contact_points, notification.contact_point, &ContactPoint::name);
  const bool shown = !options_.notify || contact == rules_.contact_points.end() || is_shown_only(*contact);
  if (outbox_) {
    outbox_->add(notification, wall_time(), shown);
    if (delivery_) delivery_->wake();
  } else if (!shown && notification.disposition == Disposition::kSend) {
    delivery_->push(notification);
  }
}

void Run::show_progress(const Ingest& ingest, std::optional<EventTime> now) {
  view_->on_progress({.now = now,
                      .lines = summary_.events + engine_.counters().dead_letters,
                      .dead_letters = engine_.counters().dead_letters,
                      .late = engine_.counters().late,
                      .consumed_bytes = ingest.consumed_bytes(),
                      .total_bytes = ingest.total_bytes(),
                      .services = engine_.services(),
                      .wall_s = seconds_since(start_)});
}

void Run::wait_for_deliveries(const Interrupt& interrupt) {
  summary_.notified = true;
  // Whoever pressed Ctrl-C does not want to wait; what is under way may still finish.
  const bool was_interrupted = interrupt.requested();
  const Period wait = was_interrupted ? std::min(options_.wait_delivery, Period::seconds(2)) : options_.wait_delivery;
  summary_.deliveries = delivery_->wait(wait, [&] { return !was_interrupted && interrupt.requested(); });
  for (const std::string& failure : delivery_->failures()) tell(failure);
}

bool Run::write_report() const {
  if (options_.report.empty()) return true;
  std::ofstream out(options_.report, std::ios::binary | std::ios::trunc);
  out << (options_.report.ends_with(".json") ? report_.json(summary_) : report_.markdown(summary_));
  out.close();
  if (!out) tell(options_.report + ": can't be written");
  return static_cast<bool>(out);
}

int Run::exit_code(const Ingest& ingest, const Interrupt& interrupt) const {
  for (const std::string& error : ingest.errors()) tell(error);
  if (interrupt.requested()) return 128 + interrupt.signal();
  if (!ingest.errors().empty() || report_failed_) return kExitFailure;
  if (options_.max_bad_lines && summary_.counters.dead_letters > *options_.max_bad_lines) return kExitBadLines;
  if (options_.fail_on && worst_ && *worst_ >= *options_.fail_on) return kExitFailOn;
  if (summary_.deliveries.pending + summary_.deliveries.dead > 0) return kExitUndelivered;
  return kExitOk;
}

}  // namespace

int run_replay(const ReplayOptions& options, const RuleSet& rules) {
  try {
    return Run(options, rules).run();
  } catch (const std::runtime_error& error) {  // also SourceError and StoreError
    tell(error.what());
  }
  return kExitFailure;
}

}  // namespace tocsin
