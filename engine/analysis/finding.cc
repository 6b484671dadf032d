#include "engine/analysis/finding.h"

#include <nlohmann/json.hpp>

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

Json services_json(const Finding& finding) {
  Json services = Json::array();
  for (const RankedService& ranked : finding.services) {
    services.push_back({{"service", ranked.service},
                        {"score", ranked.score},
                        {"onset", to_iso8601(ranked.onset)},
                        {"reasons", ranked.reasons}});
  }
  return services;
}

Json evidence_json(const Finding& finding, const std::vector<std::string>& files) {
  Json all = Json::array();
  for (const Evidence& evidence : finding.evidence) {
    const LineOrigin& origin = evidence.sample_origin;
    const std::string file = origin.file < files.size() ? files[origin.file] : std::string();
    all.push_back({{"service", evidence.service},
                   {"template", evidence.log_template},
                   {"count", evidence.count},
                   {"baseline", evidence.baseline},
                   {"new", evidence.is_new},
                   {"first_seen", to_iso8601(evidence.first)},
                   {"last_seen", to_iso8601(evidence.last)},
                   {"sample", {{"message", evidence.sample}, {"file", file}, {"line", origin.line}}}});
  }
  return all;
}

Json categories_json(const Finding& finding) {
  Json all = Json::array();
  for (const CategoryTally& tally : finding.categories) {
    all.push_back({{"category", tally.category}, {"count", tally.count}, {"baseline", tally.baseline}});
  }
  return all;
}

Json queries_json(const Finding& finding) {
  Json all = Json::array();
  for (const RepeatableQuery& query : finding.queries) all.push_back({{"text", query.text}, {"result", query.result}});
  return all;
}

}  // namespace

std::string to_json(const Finding& finding, const std::vector<std::string>& files) {
  Json json;
  json["id"] = finding.id;
  json["incident"] = finding.incident;
  json["severity"] = to_text(finding.severity);
  json["title"] = finding.title;
  json["summary"] = finding.summary;
  json["services"] = services_json(finding);
  json["onset"] = to_iso8601(finding.onset);
  json["detected_at"] = to_iso8601(finding.detected_at);
  json["probable_cause"] = finding.probable_cause;
  json["evidence"] = evidence_json(finding, files);
  json["categories"] = categories_json(finding);
  json["queries"] = queries_json(finding);
  json["confidence"] = finding.confidence;
  json["confidence_reasons"] = finding.confidence_reasons;
  json["not_analysed"] = {{"bad_lines", finding.not_analysed.bad_lines},
                          {"late", finding.not_analysed.late},
                          {"truncated", finding.not_analysed.truncated},
                          {"dropped", finding.not_analysed.dropped}};
  // Log text may be anything; what is not UTF-8 becomes U+FFFD.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tocsin
