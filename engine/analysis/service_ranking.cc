#include "engine/analysis/service_ranking.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "engine/base/text.h"

namespace tocsin {
namespace {

// How much of a message's points goes to the service that it names.
constexpr double kShiftedBlame = 0.7;
// How much of a caller's points its broken callee explains at most.
constexpr double kExplained = 0.6;
// Two onsets so near count as simultaneous: minutes are the resolution of most signs.
constexpr Period kSameTime = Period::minutes(1);
constexpr std::size_t kMostReasons = 5;

struct Reason {
  double points = 0;
  std::string text;
};

struct Candidate {
  std::string service;
  std::vector<double> shape_points;
  double points = 0;  // own signs and blame by others
  double final_points = 0;
  std::optional<EventTime> onset;
  std::vector<Reason> reasons;

  void begins(EventTime time) { onset = onset ? std::min(*onset, time) : time; }
};

using Candidates = std::map<std::string, Candidate>;

Candidate& candidate(Candidates& all, const std::string& service) {
  Candidate& found = all[service];
  found.service = service;
  return found;
}

std::string rounded(double value) {
  return number_text(value >= 10 ? std::floor(value + 0.5) : std::floor(value * 10 + 0.5) / 10);
}

std::string counted(const ShapeGroup& group) {
  std::string text = number_text(static_cast<double>(group.after)) + " × \"" + printable(group.shape, 120) + "\"";
  return text + (group.is_new ? ", never seen before" : ", " + rounded(group.expected) + " expected");
}

void add_shapes(Candidates& all, const RankingInput& input) {
  for (const ShapeGroup& group : input.shapes) {
    if (group.growth <= 0) break;
    const bool blames = !group.blames.empty();
    Candidate& own = candidate(all, group.service);
    const double kept = blames ? group.growth * (1 - kShiftedBlame) : group.growth;
    own.shape_points.push_back(kept);
    own.reasons.push_back({kept, counted(group)});
    // Only a new shape's first line dates the onset: one that merely grew was there before.
    if (group.is_new) own.begins(group.first);
    if (!blames) continue;
    Candidate& other = candidate(all, group.blames);
    const double shifted = group.growth * kShiftedBlame;
    other.shape_points.push_back(shifted);
    other.reasons.push_back({shifted, "named by " + group.service + ": " + counted(group)});
    if (group.is_new) other.begins(group.first);
  }
}

// Half weight for each further shape: one fault often has many messages, and a log of endless new shapes is no proof.
double sum_of_shapes(std::vector<double>& points) {
  std::ranges::sort(points, std::ranges::greater());
  double sum = 0, weight = 1;
  for (const double p : points) {
    sum += p * weight;
    weight /= 2;
  }
  return sum;
}

void add_signs(Candidates& all, const RankingInput& input) {
  for (auto& [service, one] : all) one.points = sum_of_shapes(one.shape_points);
  for (const ServiceSigns& signs : input.signs) {
    const ServiceOnset& onset = signs.onset;
    if (!onset.any() && !all.contains(signs.service)) continue;
    Candidate& own = candidate(all, signs.service);
    if (onset.errors) {
      // Counts what the store does not hold, when `categories.select` chooses other events.
      const double errors = onset.errors->strength;
      own.points = std::max(own.points, errors);
      own.reasons.push_back(
          {errors, rounded(onset.errors->observed) + " errors a minute, usually " + rounded(onset.errors->usual)});
      // New shapes date the onset to the millisecond; the minute serves only where there are none.
      if (!own.onset || onset.errors->at + kSameTime <= *own.onset) own.begins(onset.errors->at);
    }
    if (onset.latency) {
      const double points = onset.latency->strength;
      own.points += points;
      own.reasons.push_back({points, "latency " + rounded(onset.latency->observed) + " ms, usually " +
                                         rounded(onset.latency->usual) + " ms"});
      if (!own.onset || onset.latency->at + kSameTime <= *own.onset) own.begins(onset.latency->at);
    }
    if (onset.silence) {
      own.points += onset.silence->strength;
      own.reasons.push_back({onset.silence->strength, "silent: " + rounded(onset.silence->observed) +
                                                          " events a minute, usually " +
                                                          rounded(onset.silence->usual)});
      own.begins(onset.silence->at);
    }
  }
}

// What the caller's broken callee explains, from points before any explanation, so that the order of calls is no
// matter.
void explain_callers(Candidates& all, const RankingInput& input) {
  std::map<std::string, std::pair<double, std::string>> explained;
  for (const ServiceCall& call : input.calls) {
    const auto caller = all.find(call.caller), callee = all.find(call.callee);
    if (call.caller == call.callee || caller == all.end() || callee == all.end()) continue;
    if (caller->second.points <= 0 || callee->second.points <= 0) continue;
    const EventTime caller_onset = caller->second.onset.value_or(input.fallback_onset);
    const EventTime callee_onset = callee->second.onset.value_or(input.fallback_onset);
    const double in_time = callee_onset <= caller_onset + kSameTime ? 1 : 0.3;
    const double part = std::min(1.0, callee->second.points / caller->second.points) * in_time;
    auto& best = explained[call.caller];
    if (part > best.first) best = {part, call.callee};
  }
  for (const auto& [service, by] : explained) {
    Candidate& caller = all.at(service);
    caller.final_points *= 1 - kExplained * by.first;
    if (by.first < 0.3) continue;
    caller.reasons.push_back({0, "calls " + by.second + ", which broke too"});
    all.at(by.second).reasons.push_back({0.5, "called by " + service + ", which broke too"});
  }
}

// Who began three minutes after the first keeps three quarters.
void prefer_early(Candidates& all, const RankingInput& input) {
  double most = 0;
  for (const auto& [service, one] : all) most = std::max(most, one.final_points);
  std::optional<EventTime> first;
  for (const auto& [service, one] : all) {
    if (one.final_points < 0.2 * most) continue;
    const EventTime onset = one.onset.value_or(input.fallback_onset);
    first = first ? std::min(*first, onset) : onset;
  }
  if (!first) return;
  for (auto& [service, one] : all) {
    const Period delay = one.onset.value_or(input.fallback_onset) - *first;
    const double seconds = std::max(0.0, static_cast<double>(delay.ms) / 1000);
    one.final_points *= 0.6 + 0.4 * std::exp(-seconds / 180);
  }
}

RankedService ranked_from(Candidate& one, double total, EventTime fallback) {
  std::ranges::stable_sort(one.reasons, [](const Reason& a, const Reason& b) {
    return std::tie(b.points, a.text) < std::tie(a.points, b.text);
  });
  RankedService ranked{.service = one.service,
                       .score = std::floor(one.final_points / total * 1000 + 0.5) / 1000,
                       .onset = one.onset.value_or(fallback)};
  for (const Reason& reason : one.reasons) {
    if (ranked.reasons.size() < kMostReasons) ranked.reasons.push_back(reason.text);
  }
  return ranked;
}

}  // namespace

std::vector<RankedService> rank_services(const RankingInput& input, std::size_t limit) {
  Candidates all;
  add_shapes(all, input);
  add_signs(all, input);
  double total = 0;
  for (auto& [service, one] : all) one.final_points = one.points;
  explain_callers(all, input);
  prefer_early(all, input);
  for (const auto& [service, one] : all) total += one.final_points;
  std::vector<RankedService> ranking;
  if (total <= 0) return ranking;
  for (auto& [service, one] : all) ranking.push_back(ranked_from(one, total, input.fallback_onset));
  std::erase_if(ranking, [](const RankedService& one) { return one.score <= 0; });
  std::ranges::sort(ranking, [](const RankedService& a, const RankedService& b) {
    return std::tie(b.score, a.service) < std::tie(a.score, b.service);
  });
  if (ranking.size() > limit) ranking.resize(limit);
  return ranking;
}

}  // namespace tocsin
