#include "engine/delivery/address_policy.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

std::string problem(const std::string& address, const std::vector<std::string>& allowed = {}) {
  std::vector<AddressRange> ranges;
  for (const std::string& text : allowed) ranges.push_back(parse_cidr(text).value());
  return std::string(address_problem(parse_address(address).value(), ranges));
}

TEST(AddressPolicy, PublicAddressesMayBeCalled) {
  for (const char* address : {"1.1.1.1",         "8.8.8.8",         "9.255.255.255",   "11.0.0.0",
                              "100.63.255.255",  "100.128.0.0",     "126.255.255.255", "128.0.0.1",
                              "169.253.255.255", "169.255.0.0",     "172.15.255.255",  "172.32.0.0",
                              "192.0.1.0",       "192.0.3.0",       "192.88.98.255",   "192.88.100.0",
                              "192.167.255.255", "192.169.0.0",     "198.17.255.255",  "198.20.0.0",
                              "198.51.99.255",   "198.51.101.0",    "203.0.112.255",   "203.0.114.0",
                              "223.255.255.255", "::ffff:8.8.8.8",  "2606:4700::1111", "2001:4860:4860::8888",
                              "2001:1::1",       "2001:db7::1",     "2001:db9::1",     "2003::1",
                              "3fff:ffff::1",    "64:ff9b::8.8.8.8"}) {
    EXPECT_EQ(problem(address), "") << address;
  }
}

TEST(AddressPolicy, WhatIsNotPublicIsRefused) {
  struct Row {
    const char* address;
    const char* problem;
  };
  const Row rows[] = {
      {"0.0.0.0", "an address of this host"},
      {"0.255.255.255", "an address of this host"},
      {"10.0.0.0", "a private address"},
      {"10.255.255.255", "a private address"},
      {"100.64.0.0", "a carrier's shared address"},
      {"100.127.255.255", "a carrier's shared address"},
      {"127.0.0.1", "a loopback address"},
      {"127.255.255.255", "a loopback address"},
      {"169.254.0.1", "a link-local address"},
      {"169.254.169.254", "an address of a cloud's metadata service"},
      {"100.100.100.200", "an address of a cloud's metadata service"},
      {"192.0.0.192", "an address of a cloud's metadata service"},
      {"168.63.129.16", "an address of a cloud's metadata service"},
      {"fd00:ec2::254", "an address of a cloud's metadata service"},
      {"fd20:ce::254", "an address of a cloud's metadata service"},
      {"172.16.0.0", "a private address"},
      {"172.31.255.255", "a private address"},
      {"192.0.0.1", "a reserved address"},
      {"192.0.2.1", "an address for documentation"},
      {"192.88.99.1", "a 6to4 relay's address"},
      {"192.168.0.0", "a private address"},
      {"192.168.255.255", "a private address"},
      {"198.18.0.0", "an address for benchmarks"},
      {"198.19.255.255", "an address for benchmarks"},
      {"198.51.100.7", "an address for documentation"},
      {"203.0.113.7", "an address for documentation"},
      {"224.0.0.1", "a multicast address"},
      {"239.255.255.255", "a multicast address"},
      {"240.0.0.1", "a reserved address"},
      {"255.255.255.255", "a reserved address"},
      {"::", "an address of this host"},
      {"::1", "a loopback address"},
      {"::2", "an address of this host"},
      {"::127.0.0.1", "a loopback address"},
      {"::8.8.8.8", "a reserved address"},
      {"::ffff:127.0.0.1", "a loopback address"},
      {"::ffff:169.254.169.254", "an address of a cloud's metadata service"},
      {"::ffff:0:7f00:1", "a reserved address"},
      {"64:ff9b::127.0.0.1", "a loopback address"},
      {"64:ff9b::a9fe:a9fe", "an address of a cloud's metadata service"},
      {"64:ff9b:1::8.8.8.8", "an address of a local NAT64"},
      {"64:ff9b:1::7f00:1", "an address of a local NAT64"},
      {"64:ff9b:1:a9fe:a9:fe00::", "an address of a cloud's metadata service"},
      {"100::1", "an address that is discarded"},
      {"100:0:0:1::1", "a reserved address"},
      {"2001::1", "a Teredo address"},
      {"2001:0:4136:e378:8000:63bf:3fff:fdd2", "a Teredo address"},
      {"2001:0:4136:e378:8000:63bf:5601:5601", "an address of a cloud's metadata service"},
      {"2001:db8::1", "an address for documentation"},
      {"2002:808:808::1", "a 6to4 address"},
      {"2002:7f00:1::1", "a 6to4 address"},
      {"2002:a9fe:a9fe::1", "an address of a cloud's metadata service"},
      {"4000::1", "a reserved address"},
      {"fc00::1", "a private address"},
      {"fdff::1", "a private address"},
      {"fe80::1", "a link-local address"},
      {"febf::1", "a link-local address"},
      {"fec0::1", "a private address"},
      {"ff02::1", "a multicast address"},
  };
  for (const Row& row : rows) EXPECT_EQ(problem(row.address), row.problem) << row.address;
}

TEST(AddressPolicy, ARangeCanBeAllowed) {
  EXPECT_EQ(problem("127.0.0.1", {"127.0.0.0/8"}), "");
  EXPECT_EQ(problem("127.0.0.1", {"127.0.0.1"}), "");
  EXPECT_EQ(problem("127.0.0.1", {"10.0.0.0/8", "127.0.0.1/32"}), "");
  EXPECT_EQ(problem("127.0.0.2", {"127.0.0.1/32"}), "a loopback address");
  EXPECT_EQ(problem("10.1.2.3", {"10.1.0.0/16"}), "");
  EXPECT_EQ(problem("10.2.2.3", {"10.1.0.0/16"}), "a private address");
  EXPECT_EQ(problem("10.1.2.3", {"0.0.0.0/0"}), "");
  EXPECT_EQ(problem("::ffff:10.1.2.3", {"10.0.0.0/8"}), "");
  EXPECT_EQ(problem("10.1.2.3", {"::ffff:10.0.0.0/104"}), "");
  EXPECT_EQ(problem("fd12::1", {"fd00::/8"}), "");
  EXPECT_EQ(problem("::1", {"::1/128"}), "");
  EXPECT_EQ(problem("::1", {"127.0.0.0/8"}), "a loopback address");
  EXPECT_EQ(problem("64:ff9b::10.1.2.3", {"10.0.0.0/8"}), "");
  EXPECT_EQ(problem("64:ff9b::10.1.2.3", {"64:ff9b::/96"}), "");
  EXPECT_EQ(problem("2002:808:808::1", {"2002::/16"}), "");
  EXPECT_EQ(problem("2001::1", {"2001::/32"}), "");
}

// Neither a range nor a wrapping reaches them by accident.
TEST(AddressPolicy, LinkLocalAndMetadataMustBeNamedExactly) {
  const std::vector<std::string> wide = {"0.0.0.0/0",          "::/0",      "169.254.0.0/16",
                                         "169.254.169.252/30", "fe80::/10", "fd00:ec2::/32"};
  for (const char* address :
       {"169.254.169.254", "169.254.1.1", "100.100.100.200", "fe80::1", "fd00:ec2::254", "::ffff:169.254.169.254",
        "64:ff9b::169.254.169.254", "64:ff9b:1::169.254.169.254", "2002:a9fe:a9fe::1", "::169.254.169.254"}) {
    EXPECT_NE(problem(address, wide), "") << address;
    EXPECT_EQ(problem(address, {address}), "") << address;
  }
  EXPECT_EQ(problem("::ffff:169.254.169.254", {"169.254.169.254/32"}), "");
  EXPECT_EQ(problem("64:ff9b::169.254.169.254", {"169.254.169.254"}), "");
  EXPECT_EQ(problem("fe80::1", {"fe80::1/128"}), "");
  EXPECT_NE(problem("169.254.169.253", {"169.254.169.254"}), "");
}

TEST(AddressPolicy, ReadsAddressesAndPrintsThemAgain) {
  struct Row {
    const char* text;
    const char* printed;  // empty: no address
  };
  const Row rows[] = {
      {"1.2.3.4", "1.2.3.4"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"FD00:0:0:0:0:0:0:1", "fd00::1"},
      {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
      {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
      {"1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
      {"::ffff:1.2.3.4", "1.2.3.4"},
      {"::1.2.3.4", "::102:304"},
      {"64:ff9b::1.2.3.4", "64:ff9b::102:304"},
      {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
      {"", ""},
      {"1.2.3", ""},
      {"1.2.3.4.5", ""},
      {"1.2.3.256", ""},
      {"1.2.3.04", ""},
      {"0x7f.1.2.3", ""},
      {"2130706433", ""},
      {" 1.2.3.4", ""},
      {":", ""},
      {":::", ""},
      {"1:2:3:4:5:6:7", ""},
      {"1:2:3:4:5:6:7:8:9", ""},
      {"1::2::3", ""},
      {"1:2:3:4::5:6:7:8", ""},
      {"12345::", ""},
      {"g::", ""},
      {"1.2.3.4::", ""},
      {"::1.2.3.4:5", ""},
      {"fe80::1%eth0", ""},
      {"[::1]", ""},
      {"1:", ""},
      {":1", ""},
      {"localhost", ""},
  };
  for (const Row& row : rows) {
    const auto address = parse_address(row.text);
    EXPECT_EQ(address ? to_text(*address) : "", row.printed) << row.text;
  }
}

TEST(AddressPolicy, ReadsRanges) {
  const auto prefix = [](const char* text) {
    const auto range = parse_cidr(text);
    return range ? range->prefix : -1;
  };
  EXPECT_EQ(prefix("10.0.0.0/8"), 104);
  EXPECT_EQ(prefix("10.0.0.0/0"), 96);
  EXPECT_EQ(prefix("10.0.0.0/32"), 128);
  EXPECT_EQ(prefix("10.0.0.0"), 128);
  EXPECT_EQ(prefix("::/0"), 0);
  EXPECT_EQ(prefix("fd00::/8"), 8);
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "fd00::/129", "10.0.0.0/-1", "10.0.0.0/8/8", "10/8",
                           "10.0.0.0/08", "10.0.0.0/ 8", "any"}) {
    EXPECT_EQ(prefix(text), -1) << text;
  }
}

}  // namespace
}  // namespace tocsin
