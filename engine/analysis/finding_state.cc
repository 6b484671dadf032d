// A finding as bytes.
#include "engine/analysis/finding.h"

namespace tocsin {
namespace {

void save(const Evidence& evidence, StateWriter& out) {
  out.text(evidence.service);
  out.text(evidence.log_template);
  out.number(evidence.count);
  out.measure(evidence.baseline);
  out.flag(evidence.is_new);
  out.time(evidence.first);
  out.time(evidence.last);
  out.text(evidence.sample);
  out.number(evidence.sample_origin.file);
  out.number(evidence.sample_origin.line);
  out.number(evidence.sample_origin.offset);
}

Evidence restore_evidence(StateReader& in) {
  Evidence evidence;
  evidence.service = in.text();
  evidence.log_template = in.text();
  evidence.count = in.number();
  evidence.baseline = in.measure();
  evidence.is_new = in.flag();
  evidence.first = in.instant();
  evidence.last = in.instant();
  evidence.sample = in.text();
  evidence.sample_origin.file = static_cast<std::uint32_t>(in.number_below(UINT32_MAX));
  evidence.sample_origin.line = in.number();
  evidence.sample_origin.offset = in.number();
  return evidence;
}

void save_lists(const Finding& finding, StateWriter& out) {
  out.count(finding.services.size());
  for (const RankedService& ranked : finding.services) {
    out.text(ranked.service);
    out.measure(ranked.score);
    out.time(ranked.onset);
    out.texts(ranked.reasons);
  }
  out.count(finding.evidence.size());
  for (const Evidence& evidence : finding.evidence) save(evidence, out);
  out.count(finding.categories.size());
  for (const CategoryTally& tally : finding.categories) {
    out.text(tally.category);
    out.number(tally.count);
    out.measure(tally.baseline);
  }
  out.count(finding.queries.size());
  for (const RepeatableQuery& query : finding.queries) {
    out.text(query.text);
    out.text(query.result);
  }
}

void restore_lists(StateReader& in, Finding& finding) {
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    RankedService& ranked = finding.services.emplace_back();
    ranked.service = in.text();
    ranked.score = in.measure();
    ranked.onset = in.instant();
    ranked.reasons = in.texts();
  }
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) finding.evidence.push_back(restore_evidence(in));
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    CategoryTally& tally = finding.categories.emplace_back();
    tally.category = in.text();
    tally.count = in.number();
    tally.baseline = in.measure();
  }
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    RepeatableQuery& query = finding.queries.emplace_back();
    query.text = in.text();
    query.result = in.text();
  }
}

}  // namespace

void save(const Finding& finding, StateWriter& out) {
  out.text(finding.id);
  out.text(finding.incident);
  out.number(static_cast<std::uint64_t>(finding.severity));
  out.text(finding.title);
  out.text(finding.summary);
  out.time(finding.onset);
  out.time(finding.detected_at);
  out.text(finding.probable_cause);
  save_lists(finding, out);
  out.measure(finding.confidence);
  out.texts(finding.confidence_reasons);
  out.number(finding.not_analysed.bad_lines);
  out.number(finding.not_analysed.late);
  out.number(finding.not_analysed.truncated);
  out.number(finding.not_analysed.dropped);
}

Finding restore_finding(StateReader& in) {
  Finding finding;
  finding.id = in.text();
  finding.incident = in.text();
  finding.severity = static_cast<Severity>(in.number_below(3));
  finding.title = in.text();
  finding.summary = in.text();
  finding.onset = in.instant();
  finding.detected_at = in.instant();
  finding.probable_cause = in.text();
  restore_lists(in, finding);
  finding.confidence = in.measure();
  finding.confidence_reasons = in.texts();
  finding.not_analysed.bad_lines = in.number();
  finding.not_analysed.late = in.number();
  finding.not_analysed.truncated = in.number();
  finding.not_analysed.dropped = in.number();
  return finding;
}

}  // namespace tocsin
