// Any bytes as a rules file: no crash, no hang, and what is refused is told. What loads without errors has only
// workflows that parse and alarms that the evaluation can take.
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/ensure.h"
#include "engine/workflow/state_machine.h"
#include "rules/rule_loader.h"
#include "rules/rule_test.h"
#include "rules/yaml_to_json.h"

namespace {

void check(const tocsin::LoadedRules& loaded) {
  for (const tocsin::AlarmDefinition& alarm : loaded.rules.alarms) {
    ENSURE(!alarm.metrics.empty());
    ENSURE(alarm.datapoints_to_alarm >= 1 && alarm.datapoints_to_alarm <= alarm.evaluation_periods);
    ENSURE(alarm.period.ms > 0);
  }
  for (const tocsin::WorkflowDefinition& workflow : loaded.rules.workflows) {
    tocsin::Diagnostics diagnostics;
    ENSURE(tocsin::StateMachine::parse(workflow.name, workflow.definition, diagnostics) != nullptr);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const tocsin::RuleEnvironment environment{
      .variable = [](const std::string& name) -> std::optional<std::string> {
        return name == "SET" ? std::optional<std::string>("value") : std::nullopt;
      },
      // A file that includes itself under another name is the worst that can happen.
      .read_file = [&text](const std::string& path) -> std::optional<std::string> {
        return path.size() < 8 ? std::optional<std::string>(text) : std::nullopt;
      }};
  const tocsin::LoadedRules loaded = tocsin::load_rules({{"a.yaml", text}}, environment);
  check(loaded);
  ENSURE(loaded.diagnostics.render().empty() == loaded.diagnostics.all().empty());
  tocsin::Diagnostics diagnostics;
  const bool converted = tocsin::yaml_to_json("a", text, diagnostics).has_value();
  ENSURE(converted != diagnostics.has_errors());
  (void)tocsin::read_rule_tests({"a", text});
  return 0;
}
