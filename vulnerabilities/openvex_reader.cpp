#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/json_fields.hpp"
#include "vulnerabilities/ecosystem.hpp"
#include "vulnerabilities/openvex.hpp"

namespace whittle::vulnerabilities {
namespace {

using layers::JsonFields;

constexpr std::string_view context = "https://openvex.dev/ns";
constexpr std::string_view sha256 = "sha256:";

// Its hex, if the URL names an image by its digest.
std::string digest_in(const PackageUrl& url) {
  const bool is_image = url.type == "oci" || url.type == "docker";
  return is_image && url.version.starts_with(sha256) ? url.version.substr(sha256.size()) : std::string();
}

std::string without_prefix(std::string_view version) {
  for (const std::string_view prefix : {"go", "v"})
    if (version.starts_with(prefix)) return std::string(version.substr(prefix.size()));
  return std::string(version);
}

// Whether it names the package of the finding, or one that was built from it.
bool names(const PackageUrl& url, const Finding& finding) {
  const bool is_go = finding.ecosystem == go_ecosystem;
  if (!url.version.empty() && without_prefix(url.version) != without_prefix(finding.version)) return false;
  if (is_go) return url.type == "golang" && url.name == finding.package;
  if (url.type != "deb" && url.type != "apk") return false;
  const auto name = url.name.substr(url.name.rfind('/') + 1);
  return name == finding.package || finding.installed.contains(name);
}

// A name, or an object with one.
std::string id_of(const Json& json, const std::string& where) {
  if (json.is_string()) return json.get<std::string>();
  return JsonFields(json, where).text("@id");
}

}  // namespace

VexStatements::Product VexStatements::product_of(const Json& json, const std::string& where) {
  Product product;
  std::vector<std::string> urls = {id_of(json, where)};
  if (json.is_object()) {
    const JsonFields fields(json, where);
    if (const auto* identifiers = fields.object("identifiers"))
      urls.push_back(JsonFields(*identifiers, fields.where("identifiers")).text("purl"));
    if (const auto* hashes = fields.object("hashes"))
      product.digest = JsonFields(*hashes, fields.where("hashes")).text("sha-256");
    if (const auto* components = fields.array("subcomponents"))
      for (const auto& component : *components)
        // One that cannot be understood stands for none here.
        product.components.push_back(
            PackageUrl::parse(id_of(component, fields.where("subcomponents"))).value_or(PackageUrl{}));
  }
  for (const auto& text : urls) {
    const auto url = PackageUrl::parse(text);
    if (!url) continue;
    if (const auto digest = digest_in(*url); !digest.empty())
      product.digest = digest;
    else
      product.package = *url;
  }
  return product;
}

VexStatements::Statement VexStatements::statement_of(const Json& json, const std::string& where,
                                                     const std::string& time) const {
  const JsonFields fields(json, where);
  Statement statement;
  statement.document = documents_.size() - 1;
  const auto& vulnerability = fields.required("vulnerability");
  if (vulnerability.is_string()) {
    statement.names.insert(vulnerability.get<std::string>());
  } else {
    const JsonFields names(vulnerability, fields.where("vulnerability"));
    for (auto name : {names.text("name"), names.text("@id")}) {
      if (name.empty()) continue;
      statement.names.insert(name);
      statement.names.insert(name.substr(name.rfind('/') + 1));  // of an address that ends in the name
    }
    for (auto& alias : names.texts("aliases")) statement.names.insert(std::move(alias));
  }
  statement.time = fields.text("timestamp");
  if (statement.time.empty()) statement.time = time;
  statement.status = fields.required_text("status");
  if (statement.status != "not_affected" && statement.status != "affected" && statement.status != "fixed" &&
      statement.status != "under_investigation")
    throw Error(ErrorKind::integrity,
                fmt::format("{} is {}, which is no status", fields.where("status"), shown(statement.status)));
  const auto justification = fields.text("justification");
  const auto impact = fields.text("impact_statement");
  if (statement.status == "not_affected" && justification.empty() && impact.empty())
    throw Error(ErrorKind::integrity,
                fmt::format("{} says not_affected, and neither justification nor impact_statement", where));
  statement.reason = statement.status;
  if (!justification.empty()) statement.reason += ", " + justification;
  if (!impact.empty()) statement.reason += ": " + impact;
  if (const auto* products = fields.array("products"))
    for (const auto& product : *products)
      statement.products.push_back(product_of(product, fields.where("products")));
  return statement;
}

void VexStatements::add(std::string_view text, const std::string& what) {
  if (text.size() > largest)
    throw Error(ErrorKind::limit, fmt::format("{} has more than {}", what, human_size(largest)));
  const auto json = parse_json(text, what, ErrorKind::integrity, {largest, 16});
  const JsonFields fields(json, what);
  if (!fields.text("@context").starts_with(context))
    throw Error(ErrorKind::unsupported, fmt::format("{} is no OpenVEX document", what))
        .hint(fmt::format("one has an \"@context\" that begins with {}", context));
  documents_.push_back({what});
  const auto time = fields.text("timestamp");
  const auto where = fields.where("statements");
  for (const auto& one : fields.required_array("statements")) {
    if (statements_.size() >= most)
      throw Error(ErrorKind::limit, fmt::format("{}: there are more than {} statements", what, most));
    statements_.push_back(statement_of(one, where, time));
    for (const auto& name : statements_.back().names) by_name_[name].push_back(statements_.size() - 1);
  }
}

// Of several the last word counts, of the same time what was read last.
const VexStatements::Statement* VexStatements::latest(const Finding& finding,
                                                      const std::set<std::string>& images) {
  const auto is_about = [&](const Product& product) {
    if (!images.contains(product.digest)) return product.package && names(*product.package, finding);
    return product.components.empty() ||
           std::any_of(product.components.begin(), product.components.end(),
                       [&](const PackageUrl& component) { return names(component, finding); });
  };
  std::set<std::size_t> candidates;
  const auto add = [&](const std::string& name) {
    if (const auto found = by_name_.find(name); found != by_name_.end())
      candidates.insert(found->second.begin(), found->second.end());
  };
  add(finding.id);
  for (const auto& alias : finding.aliases) add(alias);
  const Statement* last = nullptr;
  for (const auto index : candidates) {
    const auto& one = statements_[index];
    if (!one.products.empty() && std::none_of(one.products.begin(), one.products.end(), is_about)) continue;
    documents_[one.document].is_used = true;
    if (last == nullptr || one.time >= last->time) last = &one;
  }
  return last;
}

std::vector<std::string> VexStatements::apply(Scan& scan) {
  for (auto& platform : scan.platforms) {
    const std::set<std::string> images = {std::string(scan.root.digest.hex()),
                                          std::string(platform.manifest.digest.hex())};
    for (auto& finding : platform.findings) {
      const auto* statement = latest(finding, images);
      const bool is_harmless =
          statement != nullptr && (statement->status == "not_affected" || statement->status == "fixed");
      if (is_harmless && !finding.dismissal)
        finding.dismissal = Dismissal{as_utf8("VEX: " + statement->reason), {}};
    }
  }
  std::vector<std::string> remarks;
  for (const auto& document : documents_)
    if (!document.is_used) remarks.push_back(fmt::format("{} says nothing of what was found", document.what));
  return remarks;
}

}  // namespace whittle::vulnerabilities
