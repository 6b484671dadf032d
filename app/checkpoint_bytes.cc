#include "app/checkpoint_bytes.h"

#include "engine/base/state_bytes.h"

namespace tocsin {
namespace {

constexpr std::uint64_t kVersion = 1;

}  // namespace

CheckpointRow row_of(const StreamCheckpoint& checkpoint) {
  StateWriter out;
  out.number(kVersion);
  out.text(checkpoint.identity);
  out.number(checkpoint.offset);
  out.number(checkpoint.lines);
  out.flag(checkpoint.skipping);
  out.flag(checkpoint.done);
  out.text(checkpoint.format ? to_text(*checkpoint.format) : std::string_view());
  out.text(checkpoint.order);
  return {.source = checkpoint.source, .key = checkpoint.key, .value = out.take()};
}

std::optional<StreamCheckpoint> checkpoint_of(const CheckpointRow& row) {
  StateReader in(row.value);
  if (in.number() != kVersion) return std::nullopt;
  StreamCheckpoint checkpoint;
  checkpoint.source = row.source;
  checkpoint.key = row.key;
  checkpoint.identity = in.text();
  checkpoint.offset = in.number();
  checkpoint.lines = in.number();
  checkpoint.skipping = in.flag();
  checkpoint.done = in.flag();
  checkpoint.format = parse_line_format(in.text());
  checkpoint.order = in.text();
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return checkpoint;
}

}  // namespace tocsin
