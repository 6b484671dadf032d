// A live run whose configuration has changed.
#include <fmt/format.h>

#include <algorithm>

#include "app/daemon_log.h"
#include "app/live_runner.h"
#include "app/reload_report.h"
#include "engine/base/ensure.h"
#include "replay/byte_source.h"

namespace tocsin {

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
  stage_effects();
  if (!commit()) return;
  auto rules = std::make_unique<RuleSet>(std::move(changed));
  auto engine = std::make_unique<Engine>(*rules, ledger_.events(), std::vector<std::string>{});
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
  change_sources(rules_->sources);
  ingest_->reconfigure(rules_->event, engine_->projection());
  if (delivery_) delivery_->reconfigure(rules_->contact_points);
}

void LiveRun::change_sources(const std::vector<SourceDefinition>& wanted) {
  for (const std::string& name : sources_->names()) {
    const auto same = std::ranges::find(wanted, name, &SourceDefinition::name);
    if (same != wanted.end() && sources_->has(*same)) continue;
    sources_->stop(name);
    if (!commit()) return;
    ingest_->abandon(name);
  }
  waiting_sources_.clear();
  for (const SourceDefinition& source : wanted) {
    if (!sources_->has(source)) waiting_sources_.push_back(source);
  }
  start_waiting_sources();
}

// An address may still be taken, a journal may come later: what can't be started is tried again.
void LiveRun::start_waiting_sources() {
  std::erase_if(waiting_sources_, [this](const SourceDefinition& source) {
    try {
      sources_->start(source, ledger_.checkpoints(source.name));
      return true;
    } catch (const SourceError& error) {
      log_error(fmt::format("the source '{}' can't be started, and is tried again: {}", source.name, error.what()));
      return false;
    }
  });
}

}  // namespace tocsin
