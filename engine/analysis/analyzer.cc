#include "engine/analysis/analyzer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "engine/analysis/confidence.h"
#include "engine/analysis/finding_text.h"
#include "engine/analysis/onset.h"
#include "engine/analysis/repeatable_query.h"
#include "engine/analysis/service_ranking.h"
#include "engine/analysis/shape_table.h"
#include "engine/base/sha256.h"
#include "engine/base/text.h"

namespace tocsin {
namespace {

// The events read on either side of the onset. An analysis must stay cheap, for a run may hold hundreds of them.
constexpr std::uint64_t kMostEvents = 10'000;
constexpr std::size_t kMostServices = 10;
constexpr std::size_t kMostEvidence = 10;
constexpr std::size_t kMostMessage = 512;
// An alarm's evaluation looked back over its reach, but what breaks slowly begins a little earlier.
constexpr Period kLead = Period::minutes(5);
// The strength from which a sign dates the onset better than the alarms' reach does.
constexpr double kClearSign = 3;
// Where no alarm says where to look.
constexpr Period kDefaultReach = Period::minutes(10);

// All that was learnt about the incident before conclusions are drawn.
struct Case {
  const AnalysisInput& input;
  OnsetWindow window;
  std::vector<ServiceSigns> signs;
  EventTime split;  // events before it are the baseline
  IncidentSpan after, before;
  std::vector<ShapeGroup> shapes;
  std::vector<CategoryCount> counts_after, counts_before;
  Period history;    // the known part of `before`
  double ratio = 1;  // length of `after` by that of `history`
  std::uint64_t unread = 0;
};

// The first minute in which any service logged; the activity may begin with empty minutes before that.
EventTime history_start(const AnalysisInput& input) {
  EventTime start = input.now;
  for (const ServiceActivity& activity : input.activity) {
    const auto first = std::ranges::find_if(activity.minutes, [](const auto& minute) { return minute.events > 0; });
    if (first != activity.minutes.end()) start = std::min(start, first->start);
  }
  return start;
}

OnsetWindow window_of(const AnalysisInput& input) {
  EventTime from = input.alarms.empty() ? input.now - kDefaultReach : input.now;
  for (const AlarmOfIncident& alarm : input.alarms) from = std::min(from, alarm.since - alarm.reach);
  return {
      .from = from, .to = input.now, .lead = kLead, .baseline = input.baseline, .known_since = history_start(input)};
}

void find_onsets(Case& incident) {
  double strongest = 0;
  for (const ServiceActivity& activity : incident.input.activity) {
    incident.signs.push_back({.service = activity.service, .onset = find_onset(activity, incident.window)});
    strongest = std::max(strongest, incident.signs.back().onset.strength());
  }
  // Among many services some weak sign is always there by chance; it must not decide what "before" means. Without any
  // sign in the activity, the reach of the alarms is the best that is known.
  std::optional<EventTime> first;
  for (const ServiceSigns& signs : incident.signs) {
    if (!signs.onset.any() || signs.onset.strength() < 0.5 * strongest) continue;
    first = first ? std::min(*first, signs.onset.at()) : signs.onset.at();
  }
  incident.split =
      strongest >= kClearSign ? *first : std::min(incident.window.from, first.value_or(incident.input.now));
  incident.after = {.from = incident.split, .to = incident.input.now + Period{1}};
  incident.before = {.from = incident.split - incident.input.baseline, .to = incident.split};
}

ServiceMentions mentions_of(const AnalysisInput& input) {
  std::set<std::string> services;
  for (const ServiceActivity& activity : input.activity) services.insert(activity.service);
  for (const ServiceCall& call : input.calls) services.insert(call.callee);
  return ServiceMentions({services.begin(), services.end()});
}

std::uint64_t total(const std::vector<CategoryCount>& counts) {
  std::uint64_t sum = 0;
  for (const CategoryCount& count : counts) sum += count.count;
  return sum;
}

void read_events(Case& incident, EventStore& store) {
  const ServiceMentions mentions = mentions_of(incident.input);
  ShapeTable table(mentions);
  std::uint64_t read_before = 0, read_after = 0;
  EventTime oldest = incident.before.from, newest = incident.after.to;
  store.visit({.from = incident.before.from, .to = incident.before.to, .limit = kMostEvents, .newest_first = true},
              [&](const CategorizedEvent& event) {
                table.add_before(event);
                if (++read_before == kMostEvents) oldest = event.time;
                return true;
              });
  store.visit({.from = incident.after.from, .to = incident.after.to, .limit = kMostEvents},
              [&](const CategorizedEvent& event) {
                table.add_after(event);
                if (++read_after == kMostEvents) newest = event.time;
                return true;
              });
  incident.counts_before = store.count({.from = incident.before.from, .to = incident.before.to});
  incident.counts_after = store.count({.from = incident.after.from, .to = incident.after.to});
  incident.unread = total(incident.counts_before) - read_before + total(incident.counts_after) - read_after;

  // History may be shorter than the baseline asked for.
  const EventTime known = std::clamp(incident.window.known_since, incident.before.from, incident.split);
  const Period after = newest - incident.after.from;
  const Period before = incident.split - std::max(known, oldest);
  incident.shapes = table.finish({.before = before, .after = std::max(after, Period{1})});
  incident.history = incident.split - known;
  incident.ratio = incident.history.ms <= 0 ? 0
                                            : static_cast<double>((incident.after.to - incident.after.from).ms) /
                                                  static_cast<double>(incident.history.ms);
}

double tenths(double value) {
  return std::floor(value * 10 + 0.5) / 10;
}

std::vector<Evidence> evidence_of(const Case& incident) {
  std::vector<Evidence> all;
  for (const ShapeGroup& group : incident.shapes) {
    if (group.growth <= 0 || all.size() == kMostEvidence) break;
    all.push_back({.service = group.service,
                   .log_template = group.shape,
                   .count = group.after,
                   .baseline = tenths(group.expected),
                   .is_new = group.is_new,
                   .first = group.first,
                   .last = group.last,
                   .sample = std::string(stored_text(group.sample, kMostMessage)),
                   .sample_origin = group.sample_origin});
  }
  return all;
}

std::vector<CategoryTally> categories_of(const Case& incident) {
  std::map<std::string, CategoryTally> tallies;
  for (const CategoryCount& count : incident.counts_after) tallies[count.category].count += count.count;
  for (const CategoryCount& count : incident.counts_before) {
    tallies[count.category].baseline += static_cast<double>(count.count) * incident.ratio;
  }
  std::vector<CategoryTally> all;
  all.reserve(tallies.size());
  for (auto& [category, tally] : tallies) {
    all.push_back({.category = category, .count = tally.count, .baseline = tenths(tally.baseline)});
  }
  return all;
}

std::uint64_t events_in_span(const Case& incident) {
  std::uint64_t events = 0;
  for (const ServiceActivity& activity : incident.input.activity) {
    for (const ServiceActivity::Minute& minute : activity.minutes) {
      if (minute.start >= incident.before.from) events += minute.events;
    }
  }
  return events;
}

const ServiceOnset* onset_of(const Case& incident, const std::string& service) {
  const auto found = std::ranges::find(incident.signs, service, &ServiceSigns::service);
  return found == incident.signs.end() ? nullptr : &found->onset;
}

bool explains_callers(const Case& incident, const std::vector<RankedService>& ranking) {
  return std::ranges::any_of(incident.input.calls, [&](const ServiceCall& call) {
    if (call.callee != ranking.front().service || call.caller == call.callee) return false;
    return std::ranges::find(ranking, call.caller, &RankedService::service) != ranking.end();
  });
}

// The earliest onset among the services that matter.
EventTime onset_of(const std::vector<RankedService>& ranking, EventTime fallback) {
  if (ranking.empty()) return fallback;
  EventTime onset = ranking.front().onset;
  for (const RankedService& one : ranking) {
    if (one.score >= 0.25 * ranking.front().score) onset = std::min(onset, one.onset);
  }
  return onset;
}

}  // namespace

Finding analyze(const AnalysisInput& input, EventStore& store) {
  Case incident{.input = input, .window = window_of(input)};
  find_onsets(incident);
  read_events(incident, store);

  Finding finding{.incident = input.incident, .detected_at = input.now, .not_analysed = input.not_analysed};
  finding.id = content_id("fnd", {input.incident, to_iso8601(input.now)});
  if (!input.alarms.empty()) finding.severity = Severity::kInfo;
  for (const AlarmOfIncident& alarm : input.alarms) finding.severity = std::max(finding.severity, alarm.severity);
  finding.services = rank_services(
      {.signs = incident.signs, .shapes = incident.shapes, .calls = input.calls, .fallback_onset = incident.split},
      kMostServices);
  finding.onset = onset_of(finding.services, incident.split);
  finding.evidence = evidence_of(incident);
  finding.categories = categories_of(incident);
  finding.not_analysed.dropped += incident.unread;

  const std::string first = finding.services.empty() ? std::string() : finding.services.front().service;
  const ServiceOnset* onset = first.empty() ? nullptr : onset_of(incident, first);
  finding.queries = repeatable_queries(first, incident.after, incident.counts_after, store);
  Confidence confidence =
      confidence_of({.services = finding.services,
                     .shapes = incident.shapes,
                     .has_baseline = incident.history >= Period::minutes(3),
                     .explains_callers = !first.empty() && explains_callers(incident, finding.services),
                     .events = events_in_span(incident),
                     .not_analysed = finding.not_analysed});
  finding.confidence = confidence.value;
  finding.confidence_reasons = std::move(confidence.reasons);
  write_finding_text(finding, {.analysis = input, .shapes = incident.shapes, .onset = onset});
  return finding;
}

}  // namespace tocsin
