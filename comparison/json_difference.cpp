#include "comparison/json_difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "comparison/text_difference.hpp"

namespace whittle::comparison {
namespace {

std::string json_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return canonical(value);
}

std::string pointer_to(const std::string& base, const std::string& key) {
  std::string token;
  for (const char c : key) {
    if (c == '~')
      token += "~0";
    else if (c == '/')
      token += "~1";
    else
      token += c;
  }
  return base + "/" + token;
}

class JsonComparison {
 public:
  JsonComparison(const Where& where, Findings& findings) : where_(where), findings_(findings) {}

  void compare(const Json& a, const Json& b, const std::string& pointer) {
    if (a == b) return;
    if (a.is_object() && b.is_object()) return compare_objects(a, b, pointer);
    if (a.is_array() && b.is_array()) return compare_arrays(a, b, pointer);
    const bool stamps = is_time_stamp(json_text(a)) && is_time_stamp(json_text(b));
    add(stamps ? "time-stamp" : "json", pointer, json_text(a), json_text(b));
  }

 private:
  void add(const char* aspect, const std::string& pointer, std::optional<std::string> a,
           std::optional<std::string> b, std::string note = {}) {
    findings_.add({below(where_, pointer.empty() ? "/" : pointer), aspect, std::move(a), std::move(b),
                   std::move(note)});
  }

  void compare_objects(const Json& a, const Json& b, const std::string& pointer) {
    for (const auto& [key, value] : a.items()) {
      const auto other = b.find(key);
      if (other == b.end())
        add("json", pointer_to(pointer, key), json_text(value), std::nullopt);
      else
        compare(value, *other, pointer_to(pointer, key));
    }
    for (const auto& [key, value] : b.items())
      if (!a.contains(key)) add("json", pointer_to(pointer, key), std::nullopt, json_text(value));
  }

  void compare_arrays(const Json& a, const Json& b, const std::string& pointer) {
    if (a.size() == b.size()) {
      auto left = a.get<std::multiset<Json>>();
      if (left == b.get<std::multiset<Json>>())
        return add("json-order", pointer, std::nullopt, std::nullopt,
                   fmt::format("the same {} values in another order", a.size()));
    }
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
      const auto at = pointer_to(pointer, std::to_string(i));
      if (i >= a.size())
        add("json", at, std::nullopt, json_text(b[i]));
      else if (i >= b.size())
        add("json", at, json_text(a[i]), std::nullopt);
      else
        compare(a[i], b[i], at);
    }
  }

  const Where& where_;
  Findings& findings_;
};

}  // namespace

void compare_json(const Json& a, const Json& b, const Where& where, Findings& findings) {
  JsonComparison(where, findings).compare(a, b, "");
}

}  // namespace whittle::comparison
