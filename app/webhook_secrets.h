// `tocsin webhook verify` and `tocsin webhook rotate`: what receivers and owners of secrets need.
#pragma once

#include <string>
#include <vector>

#include "engine/base/time.h"

namespace tocsin {

struct VerifyArguments {
  std::string secret_file;
  std::vector<std::string> headers;  // "webhook-id: evt_…"
  std::string body_file;
  std::string tolerance = "5m";
  std::string now;  // empty: the clock's
};
int verify_webhook(const VerifyArguments& arguments);

struct RotateArguments {
  std::string secret_file;
  std::string overlap = "24h";
};
// A new secret in the file, the one before it beside it, and the lines for the rules file on standard output.
int rotate_secret(const RotateArguments& arguments);

EventTime wall_clock();

}  // namespace tocsin
