// Rules with a bit of everything that an engine remembers.
#pragma once

namespace tocsin {

inline constexpr const char* kFilters = R"(
version: 1
defaults: none
categories:
  select: '{ $.@level = "ERROR" }'
  classes: [{name: fast, below: 100}, {name: slow}]
metric_filters:
  - {name: all, pattern: "", metric: {namespace: S, name: Events, value: 1, dimensions: {service: $.@service}}}
  - {name: errors, pattern: '{ $.@level = "ERROR" }', metric: {namespace: S, name: Errors, value: 1, dimensions: {service: $.@service}}}
  - {name: latency, pattern: '{ $.@latency = * }', metric: {namespace: S, name: Latency, value: $.@latency, dimensions: {service: $.@service}}}
  - {name: levels, pattern: "", metric: {namespace: S, name: Levels, value: 1, dimensions: {service: $.@service, level: $.@level}}}
  - {name: total, pattern: '{ $.@level = "ERROR" }', metric: {namespace: S, name: Total, value: 1}}
)";

inline constexpr const char* kAlarms = R"yaml(
alarms:
  - name: rate
    for_each: service
    metrics:
      errors: {namespace: S, name: Errors, statistic: Sum}
      events: {namespace: S, name: Events, statistic: Sum}
      rate: {expression: "IF(events >= 3, 100 * errors / events, 0)", return_data: true}
    period: 60s
    evaluation_periods: 3
    datapoints_to_alarm: 2
    comparison: ">"
    threshold: 30
    treat_missing_data: notBreaching
    severity: critical
    actions: {alarm: [workflow:fan, contact:oncall], ok: [contact:oncall, contact:grouped], insufficient_data: [contact:grouped]}
  - name: slow
    for_each: service
    metric: {namespace: S, name: Latency, statistic: p90}
    period: 10s
    evaluation_periods: 2
    comparison: ">"
    threshold: 700
    treat_missing_data: ignore
    actions: {alarm: [workflow:outside], ok: [contact:grouped]}
  - name: quiet
    for_each: service
    metric: {namespace: S, name: Events, statistic: SampleCount}
    period: 60s
    evaluation_periods: 2
    comparison: "<"
    threshold: 1
    treat_missing_data: breaching
    actions: {alarm: [contact:oncall, workflow:outside]}
  - name: errors-of
    for_each: level
    metric: {namespace: S, name: Levels, statistic: Sum, dimensions: {service: b}}
    period: 60s
    comparison: ">="
    threshold: 4
    actions: {alarm: [workflow:fan]}
  - name: many
    metric: {namespace: S, name: Total, statistic: Sum}
    period: 60s
    comparison: ">="
    threshold: 6
    treat_missing_data: missing
    actions: {alarm: [workflow:outside, workflow:fan, contact:grouped], ok: [contact:grouped]}
)yaml";

inline constexpr const char* kWorkflows = R"(
workflows:
  fan:
    definition:
      StartAt: Analyze
      States:
        Analyze: {Type: Task, Resource: "tocsin:analyze", Parameters: {incident.$: $.incident}, ResultPath: $.analysis, Next: Fan,
                  Catch: [{ErrorEquals: [States.ALL], Next: Fan}]}
        Fan:
          Type: Parallel
          Next: Tell
          ResultPath: $.fan
          Branches:
            - {StartAt: W, States: {W: {Type: Wait, Seconds: 45, Next: Q}, Q: {Type: Task, Resource: "tocsin:query", End: true}}}
            - {StartAt: H, States: {H: {Type: Task, Resource: "tocsin:http", TimeoutSeconds: 90, End: true,
                Retry: [{ErrorEquals: [States.ALL], IntervalSeconds: 20, MaxAttempts: 2, JitterStrategy: FULL}],
                Catch: [{ErrorEquals: [States.ALL], Next: N}]}, N: {Type: Pass, End: true}}}
        Tell: {Type: Task, Resource: "tocsin:notify", Parameters: {type: incident.finding, data: {name.$: $.alarm.name}}, End: true}
  outside:
    definition:
      StartAt: A
      TimeoutSeconds: 400
      States:
        A: {Type: Task, Resource: "tocsin:http", HeartbeatSeconds: 100, ResultPath: $.answer, Next: B,
            Retry: [{ErrorEquals: [States.Timeout], IntervalSeconds: 30, MaxAttempts: 1}]}
        B: {Type: Wait, Seconds: 200, Next: C}
        C: {Type: Task, Resource: "tocsin:notify", Parameters: {contact_points: [oncall], data.$: $.answer}, End: true}
contact_points:
  oncall: {type: webhook, url: "http://127.0.0.1:1/"}
  grouped: {type: webhook, url: "http://127.0.0.1:1/"}
)";

}  // namespace tocsin
