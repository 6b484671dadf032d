#include "replay/source_registry.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/ensure.h"
#include "replay/byte_source.h"
#include "replay/tail_source.h"

namespace tocsin {
namespace {

struct SourceKind {
  SourceType type;
  std::unique_ptr<LiveSource> (*make)(const SourceDefinition& definition, LiveSourceOptions options);
  std::string (*problem)(const SourceDefinition& definition);
};

std::string none(const SourceDefinition&) {
  return {};
}

template <typename Source>
std::unique_ptr<LiveSource> make(const SourceDefinition& definition, LiveSourceOptions options) {
  return std::make_unique<Source>(definition, std::move(options));
}

constexpr std::array kKinds{
    SourceKind{SourceType::kTail, make<TailSource>, none},
};

const SourceKind* kind_of(SourceType type) {
  const auto* found = std::ranges::find(kKinds, type, &SourceKind::type);
  return found == kKinds.end() ? nullptr : found;
}

}  // namespace

std::unique_ptr<LiveSource> make_live_source(const SourceDefinition& definition, LiveSourceOptions options) {
  const std::string problem = source_problem(definition);
  if (!problem.empty()) throw SourceError(problem);
  return kind_of(definition.type)->make(definition, std::move(options));
}

std::string source_problem(const SourceDefinition& definition) {
  const SourceKind* kind = kind_of(definition.type);
  return kind == nullptr ? "this build has no source of that type" : kind->problem(definition);
}

}  // namespace tocsin
