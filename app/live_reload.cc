// A live run whose configuration has changed.
#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "app/daemon_log.h"
#include "app/live_runner.h"
#include "app/reload_report.h"
#include "engine/base/ensure.h"

namespace tocsin {
namespace {

// To look again whether a source has ended.
constexpr std::chrono::milliseconds kMoment{10};

}  // namespace

void LiveRun::reload() {
  service_.reloading();
  LoadedRules loaded = options_.load();
  const bool refused = loaded.diagnostics.has_errors();
  ++(refused ? status_.failed_reloads : status_.reloads);
  if (refused) {
    log_error("the configuration has errors, nothing is changed: " + loaded.diagnostics.render());
  } else {
    adopt(std::move(loaded.rules));
    log_info("the configuration has been loaded");
  }
  write_reload_report(rules_->daemon.data_dir, {.loaded = !refused, .text = loaded.diagnostics.render()});
  service_.ready();
}

void LiveRun::adopt(RuleSet changed) {
  if (changed.daemon.data_dir != rules_->daemon.data_dir ||
      changed.daemon.metrics_listen != rules_->daemon.metrics_listen) {
    log_warning("data_dir and metrics_listen can't be changed by a reload; restart tocsin for that");
    changed.daemon.data_dir = rules_->daemon.data_dir;
    changed.daemon.metrics_listen = rules_->daemon.metrics_listen;
  }
  if (!end_sources(changed.sources)) return;
  stage_effects();
  if (!commit()) return;
  auto rules = std::make_unique<RuleSet>(std::move(changed));
  auto engine = std::make_unique<Engine>(*rules, ledger_.events(), engine_->files());
  const std::string problem = engine->restore(engine_->save());
  ENSURE(problem.empty());
  // The tasks it wants are those that are under way already.
  std::vector<Effect> effects = engine->take_effects();
  std::erase_if(effects, [](const Effect& effect) { return std::holds_alternative<RunTask>(effect); });
  stage(std::move(effects));
  engine_ = std::move(engine);
  engine_->set_silences(silences_);
  rules_ = std::move(rules);
  clock_.set_timeout(rules_->daemon.idle_timeout);
  ledger_.set_retention(retention_of(*rules_));
  open_daemon_log(rules_->daemon.log_level, rules_->daemon.log_format);
  choose_shown_only();
  sources_->forget_failures();
  waiting_sources_.clear();
  for (const SourceDefinition& source : rules_->sources) {
    if (!sources_->has(source)) waiting_sources_.push_back(source);
  }
  start_waiting_sources();
  ingest_->reconfigure(rules_->event, engine_->projection());
  if (delivery_) delivery_->reconfigure(rules_->contact_points);
}

// Those that are not wanted any more, or otherwise. False where it could not be committed.
bool LiveRun::end_sources(const std::vector<SourceDefinition>& wanted) {
  return std::ranges::all_of(sources_->names(), [&](const std::string& name) {
    const auto same = std::ranges::find(wanted, name, &SourceDefinition::name);
    return (same != wanted.end() && sources_->has(*same)) || end_source(name);
  });
}

// What it has received and can't receive again is still taken: if need be, until there is room for it.
bool LiveRun::end_source(const std::string& name) {
  sources_->request_stop(name);
  while (!sources_->has_ended(name)) {
    const LiveIngest::Item item = ingest_->front(Clock::now() + kMoment);
    if (item.event != nullptr || item.dead != nullptr) take(item);
    if (commit_is_due(Clock::now()) && !commit()) return false;
  }
  if (!sources_->remove(name)) return true;
  stage_effects();
  if (!commit()) return false;
  ingest_->abandon(name);
  return true;
}

void LiveRun::look_after_sources() {
  for (const LiveSources::Failure& failure : sources_->take_failures(Clock::now())) {
    const std::string& name = failure.definition.name;
    log_error(fmt::format("the source '{}' ended by an error, and is started again: {}", name, failure.message));
    if (!end_source(name)) return;
    waiting_sources_.push_back(failure.definition);
  }
  start_waiting_sources();
}

// An address may still be taken, a journal may come later: what can't be started is tried again.
void LiveRun::start_waiting_sources() {
  std::erase_if(waiting_sources_, [this](const SourceDefinition& source) {
    if (!sources_->may_start(source.name, Clock::now())) return false;
    try {
      sources_->start(source, ledger_.checkpoints(source.name));
      return true;
    } catch (const std::exception& error) {
      const auto pause = sources_->note_failure(source.name, Clock::now(), {});
      log_error(fmt::format("the source '{}' can't be started, and is tried again in {} s: {}", source.name,
                            pause.count(), error.what()));
      return false;
    }
  });
}

}  // namespace tocsin
