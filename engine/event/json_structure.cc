#include "engine/event/json_structure.h"

#include <simdjson.h>

#include <algorithm>

#include "engine/base/ensure.h"

namespace tocsin {

struct JsonStructure::Implementation {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
};

JsonStructure::JsonStructure() : implementation_(std::make_unique<Implementation>()) {}
JsonStructure::~JsonStructure() = default;

bool JsonStructure::index(std::string_view text) {
  places_ = {};
  constexpr std::size_t kLeastCapacity = std::size_t{64} << 10;
  auto& parser = implementation_->parser;
  if (!parser) {
    // The depth is that of simdjson's second stage, which is not used here.
    const auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(
        std::max(text.size(), kLeastCapacity), 1, parser);
    ENSURE(error == simdjson::SUCCESS);
  } else if (parser->capacity() < text.size()) {
    ENSURE(parser->set_capacity(text.size()) == simdjson::SUCCESS);
  }
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  if (parser->stage1(bytes, text.size(), simdjson::stage1_mode::regular) != simdjson::SUCCESS) return false;
  // simdjson keeps room for nine places more than the text can have.
  std::fill_n(parser->structural_indexes.get() + parser->n_structural_indexes, kSentinels,
              static_cast<std::uint32_t>(text.size()));
  places_ = {parser->structural_indexes.get(), parser->n_structural_indexes};
  return true;
}

bool is_valid_utf8_fast(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace tocsin
