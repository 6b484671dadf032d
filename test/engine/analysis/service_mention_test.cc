#include "engine/analysis/service_mention.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(ServiceMentions, FindsTheServiceThatAMessageNames) {
  const ServiceMentions shop({"auth", "checkout", "inventory", "payment", "ui"});
  const ServiceMentions trains({"ts-order-other-service", "ts-order-service", "ts-price-service"});
  const struct {
    const ServiceMentions& mentions;
    std::string own, message, named;
  } cases[] = {
      {shop, "checkout", "timeout calling payment", "payment"},
      {shop, "checkout", "timeout calling Payment: refused", "payment"},
      {shop, "payment", "payment declined", ""},
      {shop, "checkout", "prepayment declined", ""},
      {shop, "checkout", "http://payment:8080/pay answered 503", "payment"},
      {shop, "checkout", "auth ok, then inventory failed", "inventory"},
      {shop, "checkout", "inventory failed for checkout", "inventory"},
      {shop, "checkout", "the ui is broken", ""},
      {shop, "checkout", "", ""},
      {shop, "checkout", std::string(5000, 'x') + " payment", ""},
      {trains, "ts-order-service", "path /api/v1/priceservice/prices", "ts-price-service"},
      {trains, "ts-order-service", "call TS_PRICE_SERVICE failed", "ts-price-service"},
      {trains, "ts-price-service", "GET orderOtherService", "ts-order-other-service"},
      {trains, "ts-price-service", "the order is wrong", ""},
  };
  for (const auto& c : cases) {
    const auto named = c.mentions.named_in(c.message, c.own);
    EXPECT_EQ(named ? c.mentions.services()[*named] : "", c.named) << c.own << ": " << c.message;
  }
}

TEST(ServiceMentions, NoServicesNoMentions) {
  EXPECT_FALSE(ServiceMentions({}).named_in("anything at all", "x"));
}

}  // namespace
}  // namespace tocsin
