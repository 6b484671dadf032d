// What the environment says about the terminal.
#pragma once

#include <string>

namespace tocsin {

std::string environment(const char* name);  // empty where it is not set
// `choice` is auto, always or never; auto: `fd` is a terminal that can, and nobody asked for none (NO_COLOR).
bool wants_colour(const std::string& choice, int fd);
bool locale_is_utf8();

}  // namespace tocsin
