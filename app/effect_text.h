// An effect as one line for people: the stable form that scripts may grep, and the short form for a terminal. Empty for
// what is not worth a line (an execution that went well, a task).
#pragma once

#include <string>

#include "app/text_layout.h"
#include "engine/pipeline/effect.h"

namespace tocsin {

// 2026-11-20T10:03:10.000Z ALARM  error-rate/payment  (was OK)  Threshold Crossed: …
std::string stable_line(const Effect& effect, const TextStyle& style);
// The same cut to the style's width, and without an alarm's first step out of INSUFFICIENT_DATA into OK.
std::string short_line(const Effect& effect, const TextStyle& style);

}  // namespace tocsin
