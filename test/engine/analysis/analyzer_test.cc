#include "engine/analysis/analyzer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/text.h"
#include "test/engine/analysis/incident_builder.h"

namespace tocsin {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string ranking(const Finding& finding) {
  std::string text;
  for (const RankedService& one : finding.services) text += (text.empty() ? "" : " ") + one.service;
  return text;
}

// Payment's pool is exhausted at minute 40:30; checkout, which calls it, has ten times as many errors a minute later,
// and gateway even more.
IncidentBuilder cascade() {
  IncidentBuilder incident(45);
  incident.activity("payment", 0, 45, {}).activity("payment", 40, 45, {.errors = 20, .latency_ms = 60});
  incident.activity("checkout", 0, 45, {}).activity("checkout", 41, 45, {.errors = 80});
  incident.activity("gateway", 0, 45, {}).activity("gateway", 41, 45, {.errors = 90});
  incident.activity("auth", 0, 45, {.errors = 1}).activity("search", 0, 45, {});
  incident.errors("auth", {.message = "bad password for user %", .from = 0, .to = 45, .count = 45});
  incident.errors("payment", {.message = "connection pool exhausted after % ms", .from = 40.5, .to = 45, .count = 100});
  incident.errors("checkout", {.message = "order % failed: upstream error", .from = 41, .to = 45, .count = 320});
  incident.errors("gateway", {.message = "answered 500 to request %", .from = 41, .to = 45, .count = 360});
  incident.calls("checkout", "payment")
      .calls("gateway", "checkout")
      .calls("gateway", "auth")
      .calls("gateway", "search");
  incident.alarm("checkout", 44).alarm("payment", 44);
  return incident;
}

TEST(Analyzer, TheCalleeThatBrokeFirstOutranksItsNoisierCallers) {
  IncidentBuilder incident = cascade();
  const Finding finding = incident.analyze();
  EXPECT_EQ(finding.services.at(0).service, "payment") << ranking(finding);
  EXPECT_THAT(ranking(finding), ::testing::Not(HasSubstr("search")));
  EXPECT_EQ(finding.title, "payment broke first: connection pool exhausted after <*> ms");
  EXPECT_EQ(finding.onset, IncidentBuilder::minute(40.5));
  EXPECT_EQ(finding.services[0].onset, IncidentBuilder::minute(40.5));
  EXPECT_EQ(finding.detected_at, IncidentBuilder::minute(45));
  EXPECT_EQ(finding.severity, Severity::kCritical);
  EXPECT_THAT(finding.probable_cause, StartsWith("payment: \"connection pool exhausted after <*> ms\" (first "));
  EXPECT_THAT(finding.probable_cause, HasSubstr("100 lines, never seen before"));
  EXPECT_GE(finding.confidence, 0.6);
  EXPECT_THAT(finding.confidence_reasons, Contains("+ services that call it broke too"));
  double sum = 0;
  for (const RankedService& one : finding.services) sum += one.score;
  EXPECT_NEAR(sum, 1, 0.005);
}

// 45 wrong passwords in 40 minutes before, none of another class: 4.5 minutes lead one to expect five.
TEST(Analyzer, ClassesAreComparedWithTheTimeBefore) {
  const Finding finding = cascade().analyze();
  double expected = 0;
  for (const CategoryTally& tally : finding.categories) expected += tally.baseline;
  EXPECT_NEAR(expected, 4.5, 1);
  EXPECT_THAT(finding.confidence_reasons, ::testing::Not(Contains(HasSubstr("little history"))));
}

TEST(Analyzer, TheOrderOfCallsIsNoMatter) {
  IncidentBuilder one = cascade(), other = cascade();
  std::ranges::reverse(other.input().calls);
  EXPECT_EQ(to_json(one.analyze(), {}), to_json(other.analyze(), {}));
  EXPECT_EQ(to_json(one.analyze(), {}), to_json(one.analyze(), {}));
}

TEST(Analyzer, ErrorsThatNameAServiceBlameIt) {
  IncidentBuilder incident(45);
  for (const char* service : {"checkout", "inventory", "payment"}) incident.activity(service, 0, 45, {});
  incident.activity("checkout", 40, 45, {.errors = 50});
  incident.errors("checkout", {.message = "timeout calling payment after % ms", .from = 40.2, .to = 45, .count = 250});
  incident.alarm("checkout", 43);
  const Finding finding = incident.analyze();
  EXPECT_EQ(ranking(finding), "payment checkout");
  EXPECT_THAT(finding.services[0].reasons.at(0), StartsWith("named by checkout: 250 × \"timeout calling payment"));
  EXPECT_EQ(finding.services[0].onset, IncidentBuilder::minute(40.2));
  EXPECT_EQ(finding.title, "payment is the likely cause: \"timeout calling payment after <*> ms\" in checkout");
}

TEST(Analyzer, ALoneServiceStandsAlone) {
  IncidentBuilder incident(45);
  incident.activity("payment", 0, 45, {}).activity("payment", 40, 45, {.errors = 30});
  incident.errors("payment",
                  {.message = "disk full on node%", .from = 40.1, .to = 45, .count = 150, .category = "slow_failure"});
  incident.alarm("payment", 43, Severity::kWarning);
  const Finding finding = incident.analyze();
  EXPECT_EQ(ranking(finding), "payment");
  EXPECT_EQ(finding.services[0].score, 1);
  EXPECT_EQ(finding.severity, Severity::kWarning);
  EXPECT_THAT(finding.confidence_reasons, Contains("+ no other service shows a sign"));
  EXPECT_THAT(finding.summary, HasSubstr("No other service shows comparable signs."));
  ASSERT_EQ(finding.categories.size(), 1u);
  EXPECT_EQ(finding.categories[0].category, "slow_failure");
  EXPECT_EQ(finding.categories[0].count, 150u);
  EXPECT_EQ(finding.categories[0].baseline, 0);
}

TEST(Analyzer, SteadyNoiseBlamesNobody) {
  IncidentBuilder incident(45);
  for (const char* service : {"auth", "cart", "search"}) {
    incident.activity(service, 0, 45, {.errors = 2});
    incident.errors(service, {.message = "bad request % refused", .from = 0, .to = 45, .count = 90});
  }
  incident.alarm("", 44, Severity::kInfo);
  const Finding finding = incident.analyze();
  EXPECT_EQ(ranking(finding), "");
  EXPECT_EQ(finding.title, "no service stands out");
  EXPECT_EQ(finding.probable_cause, "unknown");
  EXPECT_EQ(finding.confidence, 0.05);
  EXPECT_EQ(finding.severity, Severity::kInfo);
  EXPECT_TRUE(finding.evidence.empty());
}

TEST(Analyzer, NothingAtAll) {
  IncidentBuilder incident(0);
  const Finding finding = incident.analyze();
  EXPECT_EQ(finding.title, "no service stands out");
  EXPECT_EQ(finding.summary, "No alarm fired. Neither logs, latency nor silence point to a service.");
  EXPECT_THAT(finding.id, StartsWith("fnd_"));
}

TEST(Analyzer, LatencyAndSilenceNeedNoErrors) {
  IncidentBuilder slow(45);
  slow.activity("cart", 0, 45, {}).activity("search", 0, 45, {}).activity("search", 41, 45, {.latency_ms = 900});
  slow.alarm("search", 44);
  EXPECT_EQ(slow.analyze().title, "search broke first: latency 900 ms instead of 20 ms");
  EXPECT_EQ(slow.analyze().onset, IncidentBuilder::minute(41));

  IncidentBuilder silent(45);
  silent.activity("cart", 0, 45, {}).activity("search", 0, 41, {});
  silent.alarm("search", 44);
  EXPECT_EQ(silent.analyze().title, "search broke first: fell silent");
}

TEST(Analyzer, WarningsWeighLessThanErrors) {
  IncidentBuilder incident(45);
  incident.activity("cart", 0, 45, {}).activity("search", 0, 45, {});
  incident.errors("cart", {.message = "retrying %", .from = 40, .to = 45, .count = 300, .level = Level::kWarn});
  incident.errors("search", {.message = "index % broken", .from = 40, .to = 45, .count = 30});
  incident.alarm("search", 44);
  EXPECT_EQ(ranking(incident.analyze()), "search cart");
}

TEST(Analyzer, GrowthIsMeasuredAgainstTheTimeBefore) {
  IncidentBuilder incident(45);
  incident.activity("auth", 0, 45, {.errors = 2}).activity("auth", 40, 45, {.errors = 40});
  incident.errors("auth", {.message = "bad password for user %", .from = 10, .to = 40, .count = 60});
  incident.errors("auth", {.message = "bad password for user %", .from = 40, .to = 45, .count = 200});
  incident.errors("auth", {.message = "token service % gone", .from = 40, .to = 45, .count = 5});
  incident.alarm("auth", 44);
  const Finding finding = incident.analyze();
  ASSERT_EQ(finding.evidence.size(), 2u);
  EXPECT_EQ(finding.evidence[0].log_template, "bad password for user <*>");
  EXPECT_EQ(finding.evidence[0].count, 200u);
  EXPECT_NEAR(finding.evidence[0].baseline, 10, 0.2);
  EXPECT_FALSE(finding.evidence[0].is_new);
  EXPECT_EQ(finding.evidence[1].log_template, "token service <*> gone");
  EXPECT_TRUE(finding.evidence[1].is_new);
  EXPECT_EQ(finding.evidence[1].baseline, 0);
  EXPECT_EQ(finding.evidence[1].sample, "token service 1000 gone");
  EXPECT_EQ(finding.evidence[1].sample_origin.line, 261u);
}

TEST(Analyzer, WithoutHistoryNothingIsNew) {
  IncidentBuilder incident(5);
  incident.activity("auth", 0, 5, {.errors = 40});
  incident.errors("auth", {.message = "token service gone", .from = 0, .to = 5, .count = 200});
  incident.alarm("auth", 4);
  const Finding finding = incident.analyze();
  EXPECT_EQ(ranking(finding), "auth");
  for (const Evidence& evidence : finding.evidence) EXPECT_FALSE(evidence.is_new);
  EXPECT_THAT(finding.confidence_reasons, Contains("- there is little history before the onset to compare with"));
}

TEST(Analyzer, CountsWhatWasTooMuchToRead) {
  IncidentBuilder incident(45);
  incident.activity("auth", 0, 45, {.events = 1000, .errors = 100})
      .activity("auth", 40, 45, {.events = 9000, .errors = 5000});
  incident.errors("auth", {.message = "bad password %", .from = 15, .to = 40, .count = 12'000});
  incident.errors("auth", {.message = "token service % gone", .from = 40, .to = 45, .count = 25'000});
  incident.alarm("auth", 44);
  incident.input().not_analysed = {.bad_lines = 7, .late = 3, .truncated = 2, .dropped = 1};
  const Finding finding = incident.analyze();
  EXPECT_EQ(finding.not_analysed.bad_lines, 7u);
  EXPECT_EQ(finding.not_analysed.late, 3u);
  EXPECT_EQ(finding.not_analysed.truncated, 2u);
  EXPECT_EQ(finding.not_analysed.dropped, 1u + 2'000 + 15'000);
  EXPECT_EQ(finding.categories.at(0).count, 25'000u);
  EXPECT_THAT(finding.confidence_reasons, Contains(HasSubstr("were too many to be read")));
}

TEST(Analyzer, TheQueriesAreTrue) {
  IncidentBuilder incident = cascade();
  const Finding finding = incident.analyze();
  ASSERT_EQ(finding.queries.size(), 3u);
  const std::string span = "@timestamp >= " + std::to_string(IncidentBuilder::minute(40).ms) + " and @timestamp < " +
                           std::to_string(IncidentBuilder::minute(45).ms + 1);
  EXPECT_EQ(finding.queries[0].text, "filter " + span + " | stats count(*) as errors by service | sort errors desc");
  EXPECT_EQ(finding.queries[0].result, "gateway 360, checkout 320, payment 100, auth 5");
  EXPECT_EQ(finding.queries[1].text, "fields @timestamp, @message | filter service = \"payment\" and " + span +
                                         " | sort @timestamp asc | limit 1");
  EXPECT_EQ(finding.queries[1].result,
            to_iso8601(IncidentBuilder::minute(40.5)) + " connection pool exhausted after 1000 ms");
  EXPECT_EQ(finding.queries[2].result, "fast_failure 100");
}

TEST(Analyzer, HostileNamesAndMessagesStayText) {
  IncidentBuilder incident(45);
  const std::string service("evil\"\x1b[2J\xff\0x", 11);
  incident.activity(service, 0, 45, {}).activity(service, 40, 45, {.errors = 30});
  incident.errors(service, {.message = "\x1b]0;owned\x07 \xff\xfe \"; DROP TABLE", .from = 40, .to = 45, .count = 100});
  incident.alarm(service, 44);
  const Finding finding = incident.analyze();
  for (const std::string& text :
       {finding.title, finding.summary, finding.probable_cause, finding.queries.at(1).result}) {
    EXPECT_TRUE(is_valid_utf8(text));
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << printable(text);
  }
  const std::string json = to_json(finding, {"file"});
  EXPECT_TRUE(is_valid_utf8(json));
  EXPECT_EQ(json.find('\x1b'), std::string::npos);
}

TEST(Analyzer, EndlessNewShapesAreBounded) {
  IncidentBuilder incident(45);
  incident.activity("noisy", 0, 45, {}).activity("broken", 0, 45, {});
  for (int i = 0; i < 2'000; ++i) {
    std::string word;
    for (int n = i; n > 0; n /= 26) word += static_cast<char>('g' + n % 20);
    incident.errors("noisy", {.message = "odd " + word, .from = 40 + i / 500.0, .to = 45, .count = 1});
  }
  incident.errors("broken", {.message = "disk full", .from = 40, .to = 45, .count = 300});
  incident.alarm("broken", 44);
  const Finding finding = incident.analyze();
  EXPECT_EQ(finding.services.at(0).service, "broken");
  EXPECT_EQ(finding.evidence.size(), 10u);
}

}  // namespace
}  // namespace tocsin
