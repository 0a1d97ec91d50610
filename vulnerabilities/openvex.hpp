// What is known of the vulnerabilities of an image besides that they are there, in the form of OpenVEX 0.2.0
// (openvex/spec, OPENVEX-SPEC.md): as a scan tells it, and as somebody else did.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.hpp"
#include "vulnerabilities/package_url.hpp"
#include "vulnerabilities/scan.hpp"

namespace whittle::vulnerabilities {

struct VexDocument {
  std::string place = {};    // of the image; its name, if it is one in a registry
  std::string time = {};     // RFC 3339
  std::string version = {};  // of whittle
};

// Of what counts it says "affected", with what to do; of what is not linked in, and what the user dismissed
// with a reason, "not_affected". Each platform's manifest is a product, the package its component.
Json openvex_of(const Scan& scan, const VexDocument& document);

// What others say. One thread.
class VexStatements {
 public:
  static constexpr std::size_t largest = 16U << 20U;  // bytes of a document
  static constexpr std::size_t most = 100'000;        // statements

  // A document that anybody may have written; `what` names it. Error(integrity) for what is malformed,
  // Error(unsupported) for another kind of document, Error(limit).
  void add(std::string_view text, const std::string& what);

  // Dismisses the findings of which the latest statement about this image, or about the package, says that it
  // is not affected or fixed. An image is known by its digest or the platform's, a package by its name and
  // version. Returns remarks for people, escaped: documents that say nothing of any finding.
  std::vector<std::string> apply(Scan& scan);

 private:
  struct Product {
    std::string digest = {};                  // hex of an image's; "" of another product
    std::optional<PackageUrl> package = {};   // that the product is
    std::vector<PackageUrl> components = {};  // none: all of it
  };
  struct Statement {
    std::size_t document = 0;
    std::set<std::string> names = {};  // of the vulnerability
    std::string time = {};
    std::string status = {};
    std::string reason = {};
    std::vector<Product> products = {};  // none: whatever it is given for
  };
  struct Document {
    std::string what;
    bool is_used = false;
  };

  static Product product_of(const Json& json, const std::string& where);
  Statement statement_of(const Json& json, const std::string& where, const std::string& time) const;
  const Statement* latest(const Finding& finding, const std::set<std::string>& images);

  std::vector<Document> documents_ = {};
  std::vector<Statement> statements_ = {};
  std::map<std::string, std::vector<std::size_t>> by_name_ = {};
};

}  // namespace whittle::vulnerabilities
