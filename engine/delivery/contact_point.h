// Where notifications go, as its user writes it. Secrets are wrapped so that printing one prints "***".
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/base/time.h"

namespace tocsin {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const { return value_; }  // for signing and sending, never for printing
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

struct ContactPoint {
  std::string name;
  std::string type = "webhook";
  std::string url;
  Secret secret;                          // whsec_…; empty: unsigned
  std::map<std::string, Secret> headers;  // added to each request
  Period timeout = Period::seconds(15);
  int max_attempts = 6;
};

}  // namespace tocsin
