// What programs and libraries load that nothing in them names in full: tables by their names.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "closure/rules.hpp"
#include "closure/shebang.hpp"
#include "layers/image_path.hpp"

namespace whittle::closure {
namespace {

using Node = Needs::Node;

// `name` begins the name of a library (or, for languages, is a program's, with a version or nothing behind
// it);
// `{}` in a pattern stands for that version, `~` for the folder above the program's.
struct Knowledge {
  std::string_view name;
  Why why;
  std::array<std::string_view, 10> patterns;
};

constexpr std::array<Knowledge, 11> languages = {{
    {"python",
     Why::runtime,
     {"~/lib/python{}", "~/lib64/python{}", "~/lib/python3/dist-packages", "usr/lib/python{}",
      "usr/lib/python3/dist-packages", "usr/local/lib/python{}", "etc/python{}", "~/pyvenv.cfg",
      "usr/share/python3"}},
    {"perl",
     Why::runtime,
     {"etc/perl", "usr/share/perl*", "usr/lib/*/perl*", "usr/lib/perl*", "usr/local/share/perl*",
      "usr/local/lib/*/perl*", "usr/local/lib/perl*", "usr/share/perl5"}},
    {"node", Why::runtime, {"usr/share/nodejs", "usr/lib/nodejs", "usr/share/node", "~/etc/npmrc"}},
    {"ruby",
     Why::runtime,
     {"~/lib/ruby", "usr/lib/ruby", "usr/lib/*/ruby", "var/lib/gems", "usr/share/rubygems-integration",
      "usr/local/bundle", "usr/share/ruby"}},
    {"php",
     Why::runtime,
     {"~/lib/php", "etc/php", "etc/php*", "usr/lib/php", "usr/share/php", "usr/local/etc/php",
      "var/lib/php"}},
    {"php-fpm",
     Why::runtime,
     {"~/lib/php", "etc/php", "etc/php*", "usr/lib/php", "usr/share/php", "usr/local/etc/php",
      "var/lib/php"}},
    {"lua", Why::runtime, {"usr/share/lua", "usr/lib/*/lua", "usr/local/share/lua", "usr/local/lib/lua"}},
    {"tclsh", Why::runtime, {"usr/share/tcltk", "usr/lib/tcltk", "usr/lib/*/tcltk"}},
    {"java", Why::runtime, {"etc/java*", "usr/share/java", "etc/ssl/certs/java"}},
    {"erl", Why::runtime, {"usr/lib/erlang", "usr/local/lib/erlang"}},
    {"beam.smp", Why::runtime, {"usr/lib/erlang", "usr/local/lib/erlang"}},
}};

// `~` is the folder of the library.
constexpr std::array<Knowledge, 26> libraries = {{
    {"libcrypto.so",
     Why::module,
     {"~/engines-*", "~/ossl-modules", "etc/ssl/openssl.cnf", "usr/lib/ssl/openssl.cnf",
      "etc/pki/tls/openssl.cnf"}},
    {"libgnutls.so", Why::module, {"etc/gnutls", "etc/crypto-policies", "~/pkcs11", "usr/share/p11-kit"}},
    {"libnss3.so",
     Why::module,
     {"~/nss", "~/libsoftokn3.so", "~/libfreebl*.so", "~/libnssckbi.so", "etc/pki/nssdb"}},
    {"libpam.so",
     Why::module,
     {"etc/pam.d", "etc/pam.conf", "etc/security", "~/security", "usr/lib/*/security", "etc/shadow",
      "etc/login.defs", "etc/environment"}},
    {"libkrb5.so", Why::module, {"etc/krb5.conf", "etc/krb5.conf.d", "~/krb5/plugins"}},
    {"libgssapi_krb5.so", Why::module, {"etc/gss", "~/gss"}},
    {"libsasl2.so", Why::module, {"~/sasl2", "etc/sasl2"}},
    {"libldap", Why::module, {"etc/ldap/ldap.conf", "etc/openldap"}},
    {"libtinfo", Why::terminal, {"lib/terminfo", "etc/terminfo", "usr/lib/terminfo", "usr/share/terminfo"}},
    {"libncurses", Why::terminal, {"lib/terminfo", "etc/terminfo", "usr/lib/terminfo", "usr/share/terminfo"}},
    {"libreadline.so", Why::module, {"etc/inputrc"}},
    {"libmagic.so", Why::module, {"usr/share/misc/magic*", "usr/lib/file", "etc/magic*", "usr/share/file"}},
    {"libfontconfig.so", Why::module, {"etc/fonts", "usr/share/fontconfig", "usr/share/fonts"}},
    {"libgio-2.0.so", Why::module, {"~/gio/modules", "usr/share/glib-2.0/schemas"}},
    {"libgdk_pixbuf", Why::module, {"~/gdk-pixbuf-2.0"}},
    {"libMagickCore", Why::module, {"etc/ImageMagick*", "~/ImageMagick*", "usr/share/ImageMagick*"}},
    {"libproj.so", Why::module, {"usr/share/proj"}},
    {"libgdal.so", Why::module, {"usr/share/gdal", "~/gdalplugins"}},
    {"libodbc.so", Why::module, {"etc/odbc*.ini", "~/odbc"}},
    {"libmariadb.so", Why::module, {"~/libmariadb3", "etc/mysql"}},
    {"libxml2.so", Why::module, {"etc/xml", "usr/share/xml/catalog"}},
    {"libp11-kit.so", Why::module, {"~/pkcs11", "etc/pkcs11", "usr/share/p11-kit"}},
    {"libapt-pkg.so", Why::module, {"etc/apt", "usr/lib/apt", "var/lib/apt", "usr/share/dpkg"}},
    {"libgstreamer", Why::module, {"~/gstreamer-1.0"}},
    {"libsnmp", Why::module, {"usr/share/snmp", "etc/snmp"}},
    {"libgraphviz", Why::module, {"~/graphviz"}},
}};

// Those whose users check the certificates of others.
constexpr std::array<std::string_view, 7> verifiers = {
    "libssl.so", "libgnutls.so", "libnss3.so", "libmbedtls.so", "libcurl", "libwolfssl", "libtls.so"};

// What stands behind the name of a language: "3.11" in python3.11, nothing else.
bool is_version(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.'; });
}

void take_patterns(Seeker& seeker, const Knowledge& knowledge, const Node& node, std::string_view folder,
                   std::string_view version) {
  for (const std::string_view pattern : knowledge.patterns) {
    if (pattern.empty()) continue;
    std::string text(pattern);
    if (text[0] == '~') text = folder.empty() ? text.substr(2) : fmt::format("{}{}", folder, text.substr(1));
    if (const auto braces = text.find("{}"); braces != std::string::npos) {
      if (version.find('.') == std::string_view::npos) continue;  // the version in full alone names a folder
      text.replace(braces, 2, version);
    }
    seeker.needs.keep_matching(text, knowledge.why, node.path());
  }
}

// The version in "libpython3.11.so.1.0".
std::string_view python_of(std::string_view library) {
  library.remove_prefix(std::min(library.size(), std::string_view("libpython").size()));
  return library.substr(0, library.find(".so"));
}

// Where programs of the language look for modules, or are themselves.
void take_working_folder(Seeker& seeker, const Node& node) {
  auto& needs = seeker.needs;
  const auto folder = needs.view().follow(needs.working_folder()).path;
  if (!is_broad(folder) && !is_shared(needs, folder)) needs.keep_all(folder, Why::application, node.path());
}

void take_virtual_environment(Seeker& seeker, std::string_view above, const Node& node) {
  const auto way =
      seeker.needs.view().follow(above.empty() ? "pyvenv.cfg" : fmt::format("{}/pyvenv.cfg", above));
  if (way.end != nullptr && !is_broad(above)) seeker.needs.keep_all(above, Why::application, node.path());
}

}  // namespace

bool is_interpreter(std::string_view program) {
  const auto name = layers::name_of_path(program);
  for (const auto& language : languages)
    if (name.starts_with(language.name) && is_version(name.substr(language.name.size()))) return true;
  return name == "nodejs" || name == "deno" || name == "bun" || name == "R" || name == "Rscript";
}

void take_certificates(Seeker& seeker, std::string_view by, bool hashed) {
  auto& needs = seeker.needs;
  for (const std::string_view path :
       {"etc/ssl/certs/ca-certificates.crt", "etc/ssl/cert.pem", "etc/pki/tls/certs/ca-bundle.crt",
        "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "etc/ssl/ca-bundle.pem", "usr/lib/ssl/cert.pem",
        "usr/local/share/certs/ca-root-nss.crt"})
    needs.keep(path, Why::certificates, by);
  if (hashed) {
    for (const std::string_view path : {"etc/ssl/certs", "usr/lib/ssl/certs", "etc/pki/tls/certs"})
      needs.keep_all(path, Why::certificates, by);
    return;
  }
  // Links lead to certificates that are in the bundle as well; what lies there itself may be of somebody's
  // own.
  needs.view().in("etc/ssl/certs", [&](const Node& node) {
    if (!node.is_symbolic_link() && !node.is_directory()) needs.keep_node(node, Why::certificates, by);
  });
}

void take_known(Seeker& seeker, const Node& node) {
  const auto name = layers::name_of_path(node.path());
  if (name.starts_with("lib")) {
    const auto folder = layers::folder_of(node.path());
    for (const auto& library : libraries)
      if (name.starts_with(library.name)) take_patterns(seeker, library, node, folder, {});
    if (std::any_of(verifiers.begin(), verifiers.end(),
                    [&](std::string_view verifier) { return name.starts_with(verifier); }))
      take_certificates(seeker, node.path(), true);
    if (name.starts_with("libpython"))
      take_patterns(seeker, languages[0], node, layers::folder_of(folder), python_of(name));
    return;
  }
  const auto above = layers::folder_of(layers::folder_of(node.path()));
  for (const auto& language : languages) {
    if (!name.starts_with(language.name)) continue;
    const auto version = name.substr(language.name.size());
    if (!is_version(version)) continue;
    take_patterns(seeker, language, node, above, version);
    take_working_folder(seeker, node);
  }
  // A home of Java is known by what lies beside its programs.
  if (name == "java" && seeker.needs.view().follow(fmt::format("{}/lib/modules", above)).end != nullptr)
    seeker.needs.keep_all(above, Why::runtime, node.path());
  if (name == "java" && seeker.needs.view().follow(fmt::format("{}/lib/rt.jar", above)).end != nullptr)
    seeker.needs.keep_all(above, Why::runtime, node.path());
  // By a link into an environment as well: the program itself lies elsewhere (PEP 405).
  if (name.starts_with("python")) take_virtual_environment(seeker, above, node);
}

}  // namespace whittle::closure
