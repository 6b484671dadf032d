#include "app/live_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "app/daemon_log.h"
#include "app/delivery_log.h"
#include "app/durable_outbox.h"
#include "app/effect_log.h"
#include "app/exit_code.h"
#include "app/live_runner.h"
#include "engine/base/ensure.h"
#include "engine/delivery/contact_point_types.h"
#include "replay/byte_source.h"

namespace tocsin {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kCommitAfter{500};  // the first line that is not committed
constexpr milliseconds kBetweenUrgent{2};  // between commits of what waits to be sent
constexpr milliseconds kSettleAfter{200};  // without a line: what waits for another to confirm its time is decided
constexpr milliseconds kLongestCommitGap{5000};
constexpr milliseconds kLongestUrgentGap{250};
constexpr milliseconds kStoreRetry{1000};
constexpr milliseconds kTellAfter{100};  // a commit, until the metrics know of it
constexpr std::uint64_t kLinesPerCommit = 100'000;
constexpr std::size_t kBytesPerCommit = 8 << 20;  // of categorized events
constexpr std::uint64_t kLinesPerLook = 256;      // at the clock
constexpr std::size_t kKeptRaw = 64 << 10;        // of a line that could not be parsed: enough to parse it again
constexpr std::uint64_t kStateVersion = 1;

milliseconds duration_of(Period period) {
  return milliseconds(period.ms);
}

}  // namespace

LiveRun::LiveRun(const LiveOptions& options, LoadedRules loaded)
    : options_(options),
      rules_(std::make_unique<RuleSet>(std::move(loaded.rules))),
      ledger_({.data_dir = rules_->daemon.data_dir,
               .retention = retention_of(*rules_),
               .try_again = [this](const StoreError& error) { return wait_for_store(error); }}),
      clock_(rules_->daemon.idle_timeout, read_clocks()),
      view_(options) {}

// A signal that comes now must find nothing that is gone.
LiveRun::~LiveRun() {
  interrupt_.on_request(nullptr);
  interrupt_.on_hangup(nullptr);
}

// --- start -----------------------------------------------------------------------------------------------------------

void LiveRun::restore() {
  Ledger::Restored restored = ledger_.restore();
  if (!restored.problem.empty()) log_error(restored.problem);
  const auto make_engine = [this](const std::vector<std::string>& files) {
    engine_ = std::make_unique<Engine>(*rules_, ledger_.events(), files);
  };
  make_engine({});
  if (restored.state.empty()) return;
  StateReader in(restored.state);
  if (in.number() != kStateVersion) {
    log_error("the state was written by another version of tocsin: alarms begin anew");
    return;
  }
  clock_.restore(in, read_clocks());
  // The names are read whatever the engine's own state is like: the events in the store go by their numbers.
  std::vector<std::string> files;
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) files.emplace_back(in.text());
  make_engine(files);
  const std::string problem = engine_->restore(in.text());
  if (!problem.empty()) log_error("alarms begin anew: " + problem);
}

std::string LiveRun::state_bytes() const {
  StateWriter out;
  out.number(kStateVersion);
  clock_.save(out);
  out.count(engine_->files().size());
  for (const std::string& file : engine_->files()) out.text(file);
  out.text(engine_->save());
  return out.take();
}

void LiveRun::start() {
  const unsigned cores = std::max(2U, std::thread::hardware_concurrency());
  ingest_ = std::make_unique<LiveIngest>(
      LiveIngest::Options{.fields = rules_->event,
                          .projection = engine_->projection(),
                          .reference = read_clocks().wall,
                          .files = engine_->files(),
                          .parsers = options_.threads > 0 ? options_.threads : std::min(4U, cores - 1),
                          .log = [](Level level, const std::string& message) { log_message(level, message); }});
  interrupt_.on_request([this] { ingest_->wake(); });
  interrupt_.on_hangup([this] {
    reload_wanted_ = true;
    ingest_->wake();
  });
  choose_shown_only();
  if (!options_.dry_run) {
    delivery_ = std::make_unique<DeliveryThread>(
        DeliveryThread::Options{.contacts = rules_->contact_points,
                                .open = [dir = rules_->daemon.data_dir] { return open_durable_outbox(dir); },
                                .on_attempt = log_attempt});
  }
  tasks_ = std::make_unique<TaskThreads>(!options_.dry_run, [this] { ingest_->wake(); });
  take_silences();  // before anything is decided
  sources_ = std::make_unique<LiveSources>(*ingest_);
  for (const SourceDefinition& source : rules_->sources) sources_->start(source, ledger_.checkpoints(source.name));
  if (!rules_->daemon.metrics_listen.empty()) {
    endpoint_ = std::make_unique<LiveEndpoint>(rules_->daemon.metrics_listen, TOCSIN_VERSION);
    log_info(fmt::format("metrics on port {}", endpoint_->port()));
  }
  status_.started = read_clocks().wall;
  stage_effects();
  log_info(fmt::format("following {} source{}, {} alarm{}, data in {}", rules_->sources.size(),
                       rules_->sources.size() == 1 ? "" : "s", rules_->alarms.size(),
                       rules_->alarms.size() == 1 ? "" : "s", rules_->daemon.data_dir));
  service_.ready();
}

void LiveRun::choose_shown_only() {
  std::set<std::string, std::less<>> names;
  for (const ContactPoint& contact : rules_->contact_points) {
    if (!options_.dry_run && !is_shown_only(contact)) continue;
    names.insert(contact.name);
    if (!options_.dry_run)
      log_warning(fmt::format("contact point '{}' has no url: nothing is sent to it", contact.name));
  }
  ledger_.set_shown_only(std::move(names));
}

int LiveRun::run() {
  restore();
  start();
  try {
    follow();
    shut_down();
  } catch (const StoreError& error) {
    // The engine could not look into the store while it was asked to stop: what it was at is done again.
    if (!is_stopping()) throw;
    log_error(fmt::format("what was read last is not stored and will be read again: {}", error.what()));
  }
  if (interrupt_.requested()) return 128 + interrupt_.signal();
  return kExitOk;
}

// --- the work --------------------------------------------------------------------------------------------------------

void LiveRun::follow() {
  std::uint64_t until_look = kLinesPerLook;
  while (!is_stopping()) {
    const LiveIngest::Item item = ingest_->front(wake_up_at());
    const bool has_line = item.event != nullptr || item.dead != nullptr;
    if (has_line) {
      take(item);
      if (--until_look > 0 && !ledger_.is_urgent()) continue;
    } else {
      on_quiet();
    }
    until_look = kLinesPerLook;
    look_around();
    const Clock::time_point now = Clock::now();
    if (commit_is_due(now) && !commit()) return;
    if (now >= next_housekeeping_) keep_house();
    if (reload_wanted_.exchange(false)) reload();
    if (!has_line && sources_->all_ended() && waiting_sources_.empty() && ingest_->caught_up()) return;
  }
}

void LiveRun::take(const LiveIngest::Item& item) {
  const LineOrigin& origin = item.dead != nullptr ? item.dead->origin : item.event->origin;
  if (origin.file >= engine_->files().size()) {
    for (const std::string& name : ingest_->take_new_files()) {
      const std::size_t number = engine_->files().size();
      ENSURE(engine_->add_file(name) == number);
    }
  }
  if (item.dead != nullptr) {
    take_dead_letter(*item.dead);
  } else if (!item.left_out) {
    engine_->on_event(*item.event);
    had_events_ = true;
  }
  if (engine_->has_effects()) stage_effects();
  ingest_->pop();
  had_lines_ = true;
  if (uncommitted_lines_++ == 0 && !uncommitted_since_) uncommitted_since_ = Clock::now();
}

void LiveRun::take_dead_letter(const DeadLetter& letter) {
  engine_->on_dead_letter();
  ++status_.dead_letters[std::string(to_text(letter.reason))];
  const StreamCheckpoint& stream = ingest_->stream_of_front();
  const ShownDeadLetter shown{.reason = letter.reason,
                              .file = engine_->files()[letter.origin.file],
                              .line = letter.origin.line,
                              .offset = letter.origin.offset,
                              .raw = letter.raw};
  const std::string line = dead_letter_line(shown, engine_->watermark(), kKeptRaw);
  ledger_.add(shown, engine_->watermark(), line, fmt::format("{}@{}", stream.key, letter.origin.offset));
  view_.add_dead_letter(line);
}

void LiveRun::stage_effects() {
  stage(engine_->take_effects());
}

void LiveRun::stage(std::vector<Effect> effects) {
  for (Effect& effect : effects) {
    const std::string line = to_json(effect, engine_->files());
    ledger_.add(effect, line);
    view_.add(effect, line);
    if (auto* task = std::get_if<RunTask>(&effect)) wanted_tasks_.push_back(std::move(*task));
  }
  if (!uncommitted_since_ && ledger_.staged() > 0) uncommitted_since_ = Clock::now();
}

// Only events tell the time: a stream of lines that can't be parsed must not hold it up.
void LiveRun::note_lines() {
  if (had_lines_) last_line_at_ = Clock::now();
  had_lines_ = false;
  if (had_events_ && engine_->watermark()) clock_.on_lines(*engine_->watermark(), read_clocks());
  had_events_ = false;
}

// Now and then, whether lines come or not.
void LiveRun::look_around() {
  for (TaskAnswer& answer : tasks_->take_answers()) {
    engine_->complete_task(answer.execution, answer.token, answer.outcome);
    if (!uncommitted_since_) uncommitted_since_ = Clock::now();
  }
  const Clock::time_point now = Clock::now();
  if (now >= next_settling_) {
    next_settling_ = now + kSettleAfter / 2;
    ingest_->settle_held(read_clocks().wall, now - kSettleAfter);
  }
  if (!uncommitted_since_ && ingest_->has_changes()) uncommitted_since_ = now;
  if (engine_->has_effects()) stage_effects();
}

// No line is there now.
void LiveRun::on_quiet() {
  note_lines();
  clock_.look(read_clocks());
  if (!ingest_->caught_up() || Clock::now() - last_line_at_ < kSettleAfter) return;
  const std::optional<EventTime> idle = clock_.event_time(read_clocks());
  if (idle && engine_->watermark()) engine_->advance_to(*idle);
  if (engine_->has_effects()) stage_effects();
}

LiveRun::Clock::time_point LiveRun::wake_up_at() const {
  const Clock::time_point now = Clock::now();
  Clock::time_point at = std::max(now, next_housekeeping_);
  if (uncommitted_since_)
    at = std::min(at, ledger_.is_urgent() ? last_commit_ + urgent_gap() : *uncommitted_since_ + commit_gap());
  if (had_lines_) return now;  // to note when they stopped coming
  const Clock::time_point pause = last_line_at_ + kSettleAfter;
  if (pause > now) at = std::min(at, pause + milliseconds(1));
  return at;
}

// --- commits ---------------------------------------------------------------------------------------------------------

// A large state takes long to save: then it is saved less often, so that most of the time is left for lines.
LiveRun::Clock::duration LiveRun::commit_gap() const {
  return std::clamp<Clock::duration>(commit_took_ * 20, kCommitAfter, kLongestCommitGap);
}

LiveRun::Clock::duration LiveRun::urgent_gap() const {
  return std::clamp<Clock::duration>(commit_took_, kBetweenUrgent, kLongestUrgentGap);
}

bool LiveRun::commit_is_due(Clock::time_point now) const {
  if (!uncommitted_since_) return false;
  if (ledger_.is_urgent() && now >= last_commit_ + urgent_gap()) return true;
  return uncommitted_lines_ >= kLinesPerCommit || ledger_.buffered_bytes() >= kBytesPerCommit ||
         now >= *uncommitted_since_ + commit_gap();
}

// False where the run was asked to stop before it could be written.
bool LiveRun::commit() {
  note_lines();
  const Clock::time_point saved_from = Clock::now();
  const std::string state = state_bytes();
  const Clock::duration saving = Clock::now() - saved_from;
  LiveIngest::Changes changes = ingest_->take_changes();
  for (int failures = 0;; ++failures) {
    try {
      const Clock::time_point begin = Clock::now();
      ledger_.commit(state, changes);
      status_.commits.add(std::chrono::duration<double>(Clock::now() - begin).count());
      commit_took_ = saving + (Clock::now() - begin);
      if (failures > 0) log_info("the data directory can be written again");
      break;
    } catch (const StoreError& error) {
      changes = {};  // the ledger has them
      ++status_.failed_commits;
      if (failures == 0) log_error(fmt::format("nothing is read until it can be stored: {}", error.what()));
      publish(fmt::format("the data directory can't be written: {}", error.what()));
      service_.watchdog();
      if (interrupt_.sleep_until(Clock::now() + kStoreRetry) && failures > 0) return false;
    }
  }
  last_commit_ = Clock::now();
  next_housekeeping_ = std::min(next_housekeeping_, last_commit_ + kTellAfter);
  uncommitted_since_.reset();
  uncommitted_lines_ = 0;
  view_.flush();
  for (RunTask& task : wanted_tasks_) tasks_->run(std::move(task));
  wanted_tasks_.clear();
  if (delivery_) delivery_->wake();
  return true;
}

// The engine asks the store in the middle of a step, which can't be done by halves: it waits there, with all that it
// knows, until the store answers or the run is asked to stop. What is told meanwhile is as the step left it.
bool LiveRun::wait_for_store(const StoreError& error) {
  if (!std::exchange(cannot_read_, true)) {
    log_error(fmt::format("nothing is read until the data directory can be: {}", error.what()));
  }
  publish(fmt::format("the data directory can't be read: {}", error.what()));
  service_.watchdog();
  return !interrupt_.sleep_until(Clock::now() + kStoreRetry);
}

// --- the end ---------------------------------------------------------------------------------------------------------

// What has been pushed is still taken, so that sources without a checkpoint lose nothing; then deliveries under way
// may end.
void LiveRun::shut_down() {
  service_.stopping();
  const Clock::time_point deadline = Clock::now() + duration_of(rules_->daemon.shutdown_timeout);
  sources_->request_stop();
  bool settled = false;
  while (Clock::now() < deadline) {
    const LiveIngest::Item item = ingest_->front(std::min(deadline, Clock::now() + milliseconds(10)));
    if (item.event != nullptr || item.dead != nullptr) {
      take(item);
    } else if (sources_->all_ended() && ingest_->is_drained()) {
      if (std::exchange(settled, true)) break;
      ingest_->settle_held(read_clocks().wall, Clock::now());
    }
  }
  note_lines();
  stage_effects();
  if (!commit()) log_error("what was read last could not be stored; it will be read again");
  if (delivery_) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now()).count();
    delivery_->finish(Period{std::max<std::int64_t>(left, 0)});
  }
  log_info("stopped");
}

int run_live(const LiveOptions& options, LoadedRules loaded) {
  open_daemon_log(loaded.rules.daemon.log_level, loaded.rules.daemon.log_format);
  try {
    return LiveRun(options, std::move(loaded)).run();
  } catch (const std::runtime_error& error) {  // also SourceError and StoreError
    log_error(error.what());
  }
  return kExitFailure;
}

}  // namespace tocsin
