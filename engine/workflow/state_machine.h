// A state machine in the Amazon States Language, parsed and checked. Constant after parsing; executions refer to it.
// Language: https://states-language.net and the Step Functions developer guide.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/base/diagnostics.h"

namespace tocsin {

// Standard machines may wait for callbacks and other executions, express ones may not.
enum class WorkflowType { kStandard, kExpress };

class StateMachine {
 public:
  // `definition` is JSON text. Null where it has errors, which are added to `diagnostics` (place.file as given, the
  // message ends with "at /States/X/Field").
  static std::unique_ptr<const StateMachine> parse(std::string_view name, std::string_view definition,
                                                   Diagnostics& diagnostics,
                                                   WorkflowType type = WorkflowType::kStandard);
  ~StateMachine();
  const std::string& name() const;
  const std::string& definition() const;  // as given

  struct Parsed;
  const Parsed& parsed() const { return *parsed_; }

 private:
  StateMachine();
  std::unique_ptr<const Parsed> parsed_;
};

}  // namespace tocsin
