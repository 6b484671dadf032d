#include "engine/metric/metric_filter_set.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "engine/pattern/pattern_tree.h"
#include "test/engine/pattern/field_line.h"

namespace tocsin {
namespace {

using test::FieldLine;

FilterPattern pattern(const std::string& text) {
  PatternError error;
  return FilterPattern::parse(text, error).value();
}

FieldPath path(const std::string& text) {
  FieldPath out;
  EXPECT_TRUE(parse_field_path(text, out));
  return out;
}

MetricFilter filter(const std::string& name, const std::string& text) {
  MetricFilter out;
  out.name = name;
  out.pattern = pattern(text);
  out.metric = {"Test", name};
  return out;
}

// A set of filters with all that it needs to run; events come a second apart.
class Bench {
 public:
  explicit Bench(const std::vector<MetricFilter>& filters)
      : set_(filters, patterns_, projection_), matcher_(patterns_) {}

  std::size_t feed(const std::string& line, MetricFilterSet::Group group = {0, "/tocsin/shop"}) {
    FieldLine fields(line);
    fields.set_time({1000 * seconds_++});
    const LogEvent& event = fields.event(projection_);
    matcher_.begin(event);
    return set_.on_event(event, group, matcher_, store_);
  }

  // "Sum of SampleCount" of each series, as text: {service=pay} 3 of 2.
  std::string series(const std::string& metric) const {
    std::string out;
    for (const SeriesId id : store_.series_of({"Test", metric})) {
      if (!out.empty()) out += "; ";
      std::string names;
      for (const Dimension& dimension : store_.id(id).dimensions) {
        names += (names.empty() ? "" : ",") + dimension.name + "=" + dimension.value;
      }
      const Datapoint point = store_.datapoint(id, {.kind = StatisticKind::kSum}, {0}, Period::minutes(10));
      out += (names.empty() ? "" : "{" + names + "} ") + number_text(point.value.value_or(0)) + " of " +
             number_text(point.sample_count);
    }
    return out;
  }

  MetricFilterSet& set() { return set_; }
  MetricStore& store() { return store_; }
  void set_seconds(std::int64_t seconds) { seconds_ = seconds; }

  std::string save() const {
    StateWriter out;
    set_.save(out);
    store_.save(out, {});
    return out.take();
  }
  // False where the bytes can't be read.
  bool restore(std::string_view bytes, const std::set<MetricName>& metrics) {
    StateReader in(bytes);
    set_.restore(in);
    store_.restore(in, metrics);
    return in.ok() && in.at_end();
  }

 private:
  Projection projection_;
  PatternSet patterns_;
  MetricFilterSet set_;
  PatternSet::Matcher matcher_;
  MetricStore store_;
  std::int64_t seconds_ = 0;
};

TEST(MetricFilterSet, CountsMatchingEventsOfItsGroups) {
  MetricFilter errors = filter("Errors", "{ $.level = ERROR }");
  errors.log_group = "/tocsin/pay*";
  MetricFilter all = filter("Events", "");
  all.value = 2.0;
  Bench bench({errors, all});
  bench.feed("$.level = \"ERROR\"", {0, "/tocsin/payment"});
  bench.feed("$.level = \"INFO\"", {0, "/tocsin/payment"});
  bench.feed("$.level = \"ERROR\"", {3, "/tocsin/shop"});
  bench.feed("$.level = \"ERROR\"", {1, "/tocsin/payroll"});
  EXPECT_EQ(bench.series("Errors"), "2 of 2");
  EXPECT_EQ(bench.series("Events"), "8 of 4");
}

TEST(MetricFilterSet, ValueOfAField) {
  MetricFilter latency = filter("Latency", "{ $.kind = request }");
  latency.value = path("$.ms");
  struct Case {
    const char* value;
    const char* series;
  };
  const Case cases[] = {
      {"12.5", "12.5 of 1"},
      {"-3", "-3 of 1"},
      {"\"12.5\"", "12.5 of 1"},
      {"\"1e2\"", "100 of 1"},
      {"\"12.5ms\"", ""},
      {"\" 1\"", ""},
      {"\"\"", ""},
      {"true", ""},
      {"null", ""},
      {"{}", ""},
      {"\"NaN\"", ""},
      {"\"1e999\"", ""},
  };
  for (const Case& c : cases) {
    Bench bench({latency});
    EXPECT_EQ(bench.feed(std::string("$.kind = \"request\"; $.ms = ") + c.value), 0U);
    EXPECT_EQ(bench.series("Latency"), c.series) << c.value;
  }
  Bench bench({latency});
  bench.feed("$.kind = \"request\"");
  EXPECT_EQ(bench.series("Latency"), "") << "absent";
}

// Fields of a space-delimited line, by its pattern's names and places.
TEST(MetricFilterSet, ValueAndDimensionsOfALinesFields) {
  MetricFilter bytes = filter("Bytes", "[method, ..., status >= 200, bytes]");
  const auto& fields = std::get<SpaceDelimitedPattern>(bytes.pattern.tree().form);
  EXPECT_FALSE(fields.place_of_name("nothing"));
  EXPECT_FALSE(fields.place_of_name(""));
  EXPECT_FALSE(fields.place_of_name("0"));
  bytes.value = MetricFilter::Source(fields.place_of_name("bytes").value());
  bytes.dimensions = {{"method", fields.place_of_name("1").value()},
                      {"status", fields.place_of_name("status").value()}};
  MetricFilter far = filter("Far", "[method, ...]");
  far.value = MetricFilter::Source(std::get<SpaceDelimitedPattern>(far.pattern.tree().form).place_of_name("9").value());
  Bench bench({bytes, far});
  bench.feed("GET \"/a b\" 200 10");
  bench.feed("GET /c 200 5");
  bench.feed("PUT /c extra 500 7");
  bench.feed("PUT /c 500 -");
  bench.feed("PUT /c 100 7");
  EXPECT_EQ(bench.series("Bytes"), "{method=GET,status=200} 15 of 2; {method=PUT,status=500} 7 of 1");
  EXPECT_EQ(bench.series("Far"), "");
}

TEST(MetricFilterSet, DefaultValueIsOneSampleForEachEventThatDoesNotMatch) {
  MetricFilter errors = filter("Errors", "ERROR");
  errors.default_value = 0;
  errors.log_group = "/tocsin/shop";
  Bench bench({errors});
  bench.feed("an ERROR");
  bench.feed("fine");
  bench.feed("fine");
  bench.feed("fine", {1, "/tocsin/other"});
  EXPECT_EQ(bench.series("Errors"), "1 of 3");

  MetricFilter latency = filter("Latency", "request");
  latency.value = path("$.ms");
  latency.default_value = 7;
  Bench other({latency});
  other.feed("request without a value");
  EXPECT_EQ(other.series("Latency"), "") << "a match without a value is no default";
}

TEST(MetricFilterSet, DimensionsTakeTheirValuesFromFields) {
  MetricFilter errors = filter("Errors", "");
  errors.dimensions = {{"service", path("$.service")}};
  Bench bench({errors});
  for (const char* value : {"\"pay\"", "\"cart\"", "\"pay\"", "7", "7.0", "true", "null", "\"\"", "{}", "[null]"}) {
    bench.feed(std::string("$.service = ") + value);
  }
  bench.feed("no field");
  EXPECT_EQ(
      bench.series("Errors"),
      "{service=pay} 2 of 2; {service=cart} 1 of 1; {service=7} 1 of 1; {service=7.0} 1 of 1; {service=true} 1 of 1");
}

TEST(MetricFilterSet, SeveralDimensionsAreKeptApart) {
  MetricFilter errors = filter("Errors", "");
  errors.dimensions = {{"b", path("$.y")}, {"a", path("$.x")}};
  Bench bench({errors});
  bench.feed(R"($.x = "ab"; $.y = "c")");
  bench.feed(R"($.x = "a"; $.y = "bc")");
  bench.feed(R"($.x = "ab"; $.y = "c")");
  bench.feed(R"($.x = "ab")");
  EXPECT_EQ(bench.series("Errors"), "{a=ab,b=c} 2 of 2; {a=a,b=bc} 1 of 1");
}

TEST(MetricFilterSet, FiltersOfTheSameFieldsKeepTheirOwnNames) {
  MetricFilter first = filter("First", "");
  first.dimensions = {{"service", path("$.service")}};
  MetricFilter second = filter("Second", "{ $.level = ERROR }");
  second.dimensions = {{"Service", path("$.service")}};
  Bench bench({first, second});
  bench.feed(R"($.service = "a"; $.level = "INFO")");
  bench.feed(R"($.service = "b"; $.level = "ERROR")");
  EXPECT_EQ(bench.series("First"), "{service=a} 1 of 1; {service=b} 1 of 1");
  EXPECT_EQ(bench.series("Second"), "{Service=b} 1 of 1");
}

TEST(MetricFilterSet, FieldFullOfIdsCannotFillTheMemory) {
  MetricFilter errors = filter("Errors", "");
  errors.dimensions = {{"id", path("$.id")}};
  Bench bench({errors});
  constexpr std::size_t kExtra = 25;
  for (std::size_t i = 0; i < MetricFilterSet::kMaxDimensionValues + kExtra; ++i) {
    bench.set_seconds(0);
    bench.feed("$.id = " + std::to_string(i));
  }
  bench.feed("$.id = 3");
  EXPECT_EQ(bench.set().overflowed(), kExtra);
  EXPECT_EQ(bench.store().size(), MetricFilterSet::kMaxDimensionValues + 1);
  const auto other = bench.store().find({{"Test", "Errors"}, {{"id", std::string(MetricFilterSet::kOtherValue)}}});
  ASSERT_TRUE(other);
  EXPECT_EQ(bench.store().datapoint(*other, {}, {0}, Period::minutes(1)).value, static_cast<double>(kExtra));
  const auto third = bench.store().find({{"Test", "Errors"}, {{"id", "3"}}});
  EXPECT_EQ(bench.store().datapoint(third.value(), {}, {0}, Period::minutes(1)).value, 2);
}

TEST(MetricFilterSet, LongDimensionValuesAreCutAtACharacter) {
  MetricFilter errors = filter("Errors", "");
  errors.dimensions = {{"id", path("$.id")}};
  Bench bench({errors});
  bench.feed("$.id = \"" + std::string(1023, 'x') + "\xC3\xA4 and more\"");
  EXPECT_EQ(bench.store().id({0}).dimensions[0].value, std::string(1023, 'x'));
}

TEST(MetricFilterSet, SaysHowManySamplesWereTooOld) {
  Bench bench({filter("A", ""), filter("B", ""), filter("C", "{ $.x = 1 }")});
  bench.set_seconds(100'000);
  EXPECT_EQ(bench.feed("new"), 0U);
  bench.set_seconds(0);
  EXPECT_EQ(bench.feed("old"), 2U);
}

TEST(MetricFilterSet, RemembersItsDimensionValues) {
  MetricFilter one = filter("One", "");
  one.dimensions = {{"id", path("$.id")}};
  MetricFilter two = filter("Two", "");
  two.dimensions = {{"id", path("$.id")}, {"kind", path("$.kind")}};
  Bench bench({one, two});
  for (std::size_t i = 0; i < MetricFilterSet::kMaxDimensionValues + 3; ++i) {
    bench.set_seconds(0);
    bench.feed("$.id = " + std::to_string(i) + (i < 2 ? "; $.kind = \"k\"" : ""));
  }
  const std::string bytes = bench.save();
  // The order of the filters, and a filter more, make no difference.
  Bench other({two, filter("Three", ""), one});
  ASSERT_TRUE(other.restore(bytes, {one.metric, two.metric}));
  EXPECT_EQ(other.set().overflowed(), 3U);
  other.set_seconds(0);
  other.feed("$.id = 1; $.kind = \"k\"");
  other.feed("$.id = 4711");
  other.feed("$.id = 99999");
  EXPECT_EQ(other.set().overflowed(), 4U) << "what was new before is not new again";
  EXPECT_EQ(other.series("Two"), "{id=0,kind=k} 1 of 1; {id=1,kind=k} 2 of 2");
  Bench same({one, two});
  ASSERT_TRUE(same.restore(bytes, {one.metric, two.metric}));
  EXPECT_EQ(same.save(), bytes);
  EXPECT_FALSE(same.restore(bytes, {})) << "into a set that has seen something";
}

}  // namespace
}  // namespace tocsin
