// How a stream's checkpoint is kept in the data directory.
#pragma once

#include <optional>
#include <string>

#include "replay/live_source.h"
#include "store/state_store.h"

namespace tocsin {

CheckpointRow row_of(const StreamCheckpoint& checkpoint);
// Nothing where the bytes are no checkpoint of this version.
std::optional<StreamCheckpoint> checkpoint_of(const CheckpointRow& row);

}  // namespace tocsin
