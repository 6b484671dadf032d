// What a command says on stderr, and the state of the three standard streams. Nothing here throws: a stderr that is
// full or closed must not change how a command ends.
#pragma once

#include <string_view>

#include "engine/base/diagnostics.h"

namespace tocsin {

// Gives the descriptors 0 to 2 something to name where the caller closed them, so that no file opened later takes their
// place and is written into by mistake. Before anything is opened.
void open_standard_streams();

// "tocsin: message" as one line, whatever the message holds.
void tell(std::string_view message);
// Diagnostics as they are rendered, line by line.
void tell(const Diagnostics& diagnostics);
// Text of several lines, each without control characters.
void tell_lines(std::string_view text);

// Writes out what is still buffered for standard output. False where that, or an earlier write, failed.
bool flush_standard_output();

}  // namespace tocsin
