#include "engine/delivery/notification.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

const EventTime kAt = {from_civil({.year = 2026, .month = 11, .day = 20, .hour = 10, .minute = 3}).ms + 250};

StateTransition transition() {
  StateTransition made;
  made.id = "trn_1";
  made.alarm = "high-error-rate/payment";
  made.definition = "high-error-rate";
  made.service = "payment";
  made.from = AlarmState::kOk;
  made.to = AlarmState::kAlarm;
  made.reason = "Threshold Crossed: \"quoted\"";
  made.reason_data = R"({"version":"1.0"})";
  made.at = kAt;
  made.since = kAt - Period::hours(1);
  made.sequence = 7;
  made.severity = Severity::kCritical;
  return made;
}

AlarmDefinition definition() {
  AlarmDefinition alarm;
  alarm.name = "high-error-rate";
  alarm.for_each = "service";
  MetricQuery query;
  query.id = "errors";
  query.metric = {.ns = "Tocsin", .name = "Errors"};
  query.dimensions = {{.name = "zone", .value = "a"}};
  query.statistic = {.kind = StatisticKind::kSum};
  alarm.metrics = {query};
  return alarm;
}

TEST(Notification, ThePayloadWrapsItsData) {
  EXPECT_EQ(notification_payload("incident.opened", kAt, R"({"id":"inc_1"})"),
            R"({"type":"incident.opened","timestamp":"2026-11-20T10:03:00.250Z","data":{"id":"inc_1"}})");
}

TEST(Notification, AStateChangeIsTheDocumentOfEventBridge) {
  const Json document = Json::parse(alarm_state_change_document(transition(), definition()));
  EXPECT_EQ(document, Json::parse(R"({
    "version": "0",
    "id": "trn_1",
    "detail-type": "CloudWatch Alarm State Change",
    "source": "aws.cloudwatch",
    "account": "000000000000",
    "time": "2026-11-20T10:03:00Z",
    "region": "local",
    "resources": ["arn:aws:cloudwatch:local:000000000000:alarm:high-error-rate/payment"],
    "detail": {
      "alarmName": "high-error-rate/payment",
      "state": {
        "value": "ALARM",
        "reason": "Threshold Crossed: \"quoted\"",
        "reasonData": "{\"version\":\"1.0\"}",
        "timestamp": "2026-11-20T10:03:00.250+0000"
      },
      "previousState": {"value": "OK", "timestamp": "2026-11-20T09:03:00.250+0000"},
      "configuration": {
        "metrics": [
          {
            "id": "errors",
            "metricStat": {
              "metric": {
                "namespace": "Tocsin",
                "name": "Errors",
                "dimensions": {"service": "payment", "zone": "a"}
              },
              "period": 60,
              "stat": "Sum"
            },
            "returnData": true
          }
        ]
      },
      "tocsin": {"definition": "high-error-rate", "service": "payment", "severity": "critical", "sequence": 7}
    }
  })"));
}

TEST(Notification, ExpressionsStandInTheirOwnWords) {
  AlarmDefinition alarm = definition();
  alarm.metrics[0].return_data = false;
  MetricQuery rate;
  rate.id = "rate";
  MetricMathError error;
  rate.expression = MetricMath::parse("errors * 2", error);
  ASSERT_TRUE(rate.expression.has_value()) << error.message;
  alarm.metrics.push_back(rate);
  const Json metrics =
      Json::parse(alarm_state_change_document(transition(), alarm))["detail"]["configuration"]["metrics"];
  EXPECT_EQ(metrics[0]["returnData"], false);
  EXPECT_EQ(metrics[1].dump(), R"({"id":"rate","expression":"errors * 2","returnData":true})");
}

TEST(Notification, HostileNamesStayInsideTheirStrings) {
  AlarmDefinition alarm = definition();
  alarm.for_each.clear();
  alarm.description = "a \"quote\", a \\ and a \n";
  alarm.metrics[0].unit = "Count";
  alarm.metrics[0].label = "errors {";
  StateTransition change = transition();
  change.alarm = "\xff\"},{";
  change.service.clear();
  const Json document = Json::parse(alarm_state_change_document(change, alarm));
  const Json& detail = document["detail"];
  EXPECT_EQ(detail["alarmName"], "\xEF\xBF\xBD\"},{");
  EXPECT_EQ(detail["configuration"]["description"], alarm.description);
  EXPECT_EQ(detail["configuration"]["metrics"][0]["label"], "errors {");
  EXPECT_EQ(detail["configuration"]["metrics"][0]["metricStat"]["unit"], "Count");
  EXPECT_FALSE(detail["tocsin"].contains("service"));
}

}  // namespace
}  // namespace tocsin
