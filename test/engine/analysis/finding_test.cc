#include "engine/analysis/finding.h"

#include <gtest/gtest.h>

#include "engine/base/text.h"

namespace tocsin {
namespace {

Finding sample() {
  return {.id = "fnd_1",
          .incident = "inc_1",
          .severity = Severity::kCritical,
          .title = "payment broke first: pool exhausted",
          .summary = "It broke.",
          .services = {{.service = "payment", .score = 0.75, .onset = {1'000}, .reasons = {"new errors"}}},
          .onset = {1'000},
          .detected_at = {61'000},
          .probable_cause = "payment: pool",
          .evidence = {{.service = "payment",
                        .log_template = "pool <*> exhausted",
                        .count = 12,
                        .baseline = 0.5,
                        .is_new = true,
                        .first = {1'000},
                        .last = {2'250},
                        .sample = "pool 7 exhausted",
                        .sample_origin = {.file = 1, .line = 42}}},
          .categories = {{.category = "slow_failure", .count = 12, .baseline = 0}},
          .queries = {{.text = "limit 1", .result = "12"}},
          .confidence = 0.8,
          .confidence_reasons = {"+ clear"},
          .not_analysed = {.bad_lines = 1, .late = 2, .truncated = 3, .dropped = 4}};
}

TEST(Finding, BecomesTheDocumentedJson) {
  EXPECT_EQ(
      to_json(sample(), {"a.log", "b.log"}),
      R"({"id":"fnd_1","incident":"inc_1","severity":"critical","title":"payment broke first: pool exhausted",)"
      R"("summary":"It broke.",)"
      R"("services":[{"service":"payment","score":0.75,"onset":"1970-01-01T00:00:01.000Z","reasons":["new errors"]}],)"
      R"("onset":"1970-01-01T00:00:01.000Z","detected_at":"1970-01-01T00:01:01.000Z","probable_cause":"payment: pool",)"
      R"("evidence":[{"service":"payment","template":"pool <*> exhausted","count":12,"baseline":0.5,"new":true,)"
      R"("first_seen":"1970-01-01T00:00:01.000Z","last_seen":"1970-01-01T00:00:02.250Z",)"
      R"("sample":{"message":"pool 7 exhausted","file":"b.log","line":42}}],)"
      R"("categories":[{"category":"slow_failure","count":12,"baseline":0.0}],)"
      R"("queries":[{"text":"limit 1","result":"12"}],"confidence":0.8,"confidence_reasons":["+ clear"],)"
      R"("not_analysed":{"bad_lines":1,"late":2,"truncated":3,"dropped":4}})");
}

TEST(Finding, AnUnknownFileIsEmpty) {
  EXPECT_NE(to_json(sample(), {}).find(R"("file":"","line":42)"), std::string::npos);
}

TEST(Finding, InvalidTextBecomesValid) {
  Finding finding = sample();
  finding.title = "bad \xff title";
  finding.evidence[0].sample = std::string("nul \0 and \xc3", 10);
  finding.services[0].service = "\xed\xa0\x80";
  const std::string json = to_json(finding, {"\xfe"});
  EXPECT_TRUE(is_valid_utf8(json));
  EXPECT_NE(json.find("bad \xef\xbf\xbd title"), std::string::npos);
  EXPECT_NE(json.find("nul \\u0000 and"), std::string::npos);
}

TEST(Finding, AnEmptyOneHasAllKeys) {
  const std::string json = to_json(Finding{}, {});
  for (const char* key :
       {"id", "incident", "severity", "title", "summary", "services", "onset", "detected_at", "probable_cause",
        "evidence", "categories", "queries", "confidence", "confidence_reasons", "not_analysed"}) {
    EXPECT_NE(json.find("\"" + std::string(key) + "\":"), std::string::npos) << key;
  }
}

}  // namespace
}  // namespace tocsin
