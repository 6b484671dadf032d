// The incident report as a Markdown file, for a ticket or a review: everything that was kept, nothing shortened for a
// screen.
#include "app/incident_report.h"

namespace tocsin {
namespace {

constexpr TextStyle kStyle{};

// Log text in Markdown: shown as it is, whatever marks it contains.
std::string escaped(std::string_view raw, std::size_t max_bytes = 2048) {
  const std::string shown = kStyle.safe(raw, max_bytes);
  std::string out;
  bool only_digits = true;  // so far: "1." at the start would be a list
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const char c = shown[i];
    const bool starts = i == 0 && std::string_view("+-=").find(c) != std::string_view::npos;
    const bool numbers = i > 0 && only_digits && (c == '.' || c == ')');
    if (starts || numbers || std::string_view("\\`*_{}[]<>#|~&$").find(c) != std::string_view::npos) out += '\\';
    only_digits = only_digits && c >= '0' && c <= '9';
    out += c;
  }
  return out;
}

std::string bullet(std::string_view label, std::string_view text) {
  return "- **" + std::string(label) + "**: " + std::string(text) + "\n";
}

std::string row(std::initializer_list<std::string> cells) {
  std::string out = "|";
  for (const std::string& cell : cells) out += " " + cell + " |";
  return out + "\n";
}

std::string resolution(const IncidentReport::Incident& incident) {
  if (incident.resolved) {
    return to_clock(*incident.resolved) + ", no alarm since " + to_clock(*incident.quiet_since);
  }
  if (incident.quiet_since) return "still open, though no alarm since " + to_clock(*incident.quiet_since);
  return "still open";
}

void add_finding(std::string& out, const IncidentReport& report, const Finding& finding) {
  out += "### Probable cause\n\n" + escaped(finding.probable_cause) + "\n\n";
  if (!finding.summary.empty()) out += escaped(finding.summary, 8192) + "\n\n";
  out += "Confidence " + rounded(finding.confidence, 2) + ".\n\n";
  for (const std::string& reason : finding.confidence_reasons) out += "- " + escaped(reason) + "\n";
  if (!finding.services.empty()) {
    out += "\n### Services\n\n| # | service | score | since | why |\n|--:|---|--:|---|---|\n";
    std::size_t place = 0;
    for (const RankedService& ranked : finding.services) {
      std::string reasons;
      for (const std::string& reason : ranked.reasons) reasons += (reasons.empty() ? "" : "; ") + escaped(reason);
      out += row({std::to_string(++place), escaped(ranked.service), rounded(ranked.score, 2), to_clock(ranked.onset),
                  reasons});
    }
  }
  if (!finding.evidence.empty()) {
    out +=
        "\n### Evidence\n\n| service | message | lines | expected | new | first | sample "
        "|\n|---|---|--:|--:|---|---|---|\n";
    for (const Evidence& evidence : finding.evidence) {
      out += row({escaped(evidence.service), escaped(evidence.log_template), grouped(evidence.count),
                  rounded(evidence.baseline, 1), evidence.is_new ? "new" : "", to_clock(evidence.first),
                  escaped(report.place_of(evidence.sample_origin)) + ": " + escaped(evidence.sample)});
    }
  }
  if (!finding.categories.empty()) {
    out += "\n### Latency classes\n\n| class | events | expected |\n|---|--:|--:|\n";
    for (const CategoryTally& tally : finding.categories) {
      out += row({escaped(tally.category), grouped(tally.count), rounded(tally.baseline, 1)});
    }
  }
  if (!finding.queries.empty()) {
    out += "\n### To check it\n\n";
    for (const RepeatableQuery& query : finding.queries) {
      out += "- " + escaped(query.text) + "  \n  = " + escaped(query.result) + "\n";
    }
  }
  const NotAnalysed& missing = finding.not_analysed;
  out += "\nNot analysed by then: bad " + grouped(missing.bad_lines) + ", late " + grouped(missing.late) +
         ", truncated " + grouped(missing.truncated) + ", dropped " + grouped(missing.dropped) + ".\n";
}

std::string execution_text(const IncidentReport::ExecutionCounts& counts) {
  return grouped(counts.succeeded) + " ok, " + grouped(counts.failed) + " failed, " + grouped(counts.unfinished) +
         " unfinished";
}

void add_incident(std::string& out, const IncidentReport& report, const IncidentReport::Incident& incident,
                  bool notified) {
  out += "## " + escaped(incident.title()) + "\n\n";
  out += bullet("Incident", escaped(incident.id));
  out += bullet("Severity", to_text(incident.severity()));
  if (incident.finding) out += bullet("Onset", to_clock(incident.finding->onset));
  std::string detected = to_clock(incident.opened);
  if (incident.finding) detected += ", " + spoken(incident.opened - incident.finding->onset) + " after the onset";
  out += bullet("Detected", detected);
  out += bullet("Resolved", resolution(incident));
  out += bullet("Executions", execution_text(incident.executions));
  for (const std::string& error : incident.executions.errors) out += "  - " + escaped(error) + "\n";
  if (incident.notifications.empty()) out += bullet("Webhooks", "none");
  for (const auto& [kind, number] : incident.notifications) {
    out += bullet("Webhooks", escaped(kind) + ", " + grouped(number) + (notified ? "" : " that --notify would send"));
  }
  out += '\n';
  if (incident.finding) add_finding(out, report, *incident.finding);
  out += "\n### Alarms\n\n| alarm | severity | fired | cleared | times |\n|---|---|---|---|--:|\n";
  for (const IncidentReport::FiredAlarm& alarm : incident.alarms) {
    out += row({escaped(alarm.name), std::string(to_text(alarm.severity)), to_clock(alarm.fired),
                alarm.cleared ? to_clock(*alarm.cleared) : "still in ALARM", grouped(alarm.times)});
  }
  if (incident.more_alarms > 0) out += "\nAnd " + grouped(incident.more_alarms) + " more.\n";
  out += '\n';
}

void add_totals(std::string& out, const IncidentReport& report, const ReplaySummary& summary) {
  const EngineCounters& counters = summary.counters;
  const std::uint64_t dead = summary.lines - summary.events;
  out += "## The replay\n\n";
  if (summary.interrupted) out += "Interrupted: this is what was seen until then.\n\n";
  out += bullet("Lines", grouped(summary.lines) + " = " + counted(summary.events, "event") + " + " +
                             counted(dead, "dead letter"));
  if (summary.skipped > 0) out += bullet("Outside the range asked for", grouped(summary.skipped));
  out += bullet("Late", grouped(counters.late) +
                            (counters.first_late ? ", first " + escaped(report.place_of(*counters.first_late)) : ""));
  out += bullet("Truncated", grouped(counters.truncated));
  if (counters.first_event && counters.last_event) {
    out += bullet("Event time", to_clock(*counters.first_event) + " to " + to_clock(*counters.last_event) + ", " +
                                    counted(summary.services, "service"));
  }
  out +=
      bullet("Alarms", "fired " + grouped(report.alarms_fired()) + ", " + counted(counters.transitions, "transition"));
  out += bullet("Executions", execution_text(report.executions()));
  if (summary.notified) {
    out += bullet("Webhooks", grouped(summary.deliveries.delivered) + " delivered, " +
                                  grouped(summary.deliveries.pending) + " pending, " +
                                  grouped(summary.deliveries.dead) + " dead");
  } else {
    out += bullet("Webhooks", grouped(counters.notifications) + " that --notify would send");
  }
  out += bullet("Digest", summary.digest);
  if (dead == 0) return;
  out += "\n### Dead letters\n\n| reason | lines |\n|---|--:|\n";
  for (const auto& [reason, number] : summary.dead_letters_by_reason) out += row({escaped(reason), grouped(number)});
  out += "\n| place | offset | reason | line |\n|---|--:|---|---|\n";
  for (const IncidentReport::DeadLetterPlace& letter : report.dead_letters()) {
    out += row({escaped(letter.file + ":" + std::to_string(letter.line)), std::to_string(letter.offset),
                escaped(to_text(letter.reason)), escaped(letter.raw)});
  }
}

}  // namespace

std::string IncidentReport::markdown(const ReplaySummary& summary) const {
  std::string out = "# Incident report\n\n";
  const std::vector<Incident> incidents = incidents_at_end(summary);
  if (incidents.empty()) out += "No incident: no alarm fired.\n\n";
  for (const Incident& incident : incidents) add_incident(out, *this, incident, summary.notified);
  if (unkept_incidents_ > 0) out += "And " + counted(unkept_incidents_, "incident") + " that were not kept.\n\n";
  add_totals(out, *this, summary);
  return out;
}

}  // namespace tocsin
