//! Wrong input, and what is said about it.

#![expect(clippy::too_many_lines, reason = "the cases are a table")]

mod common;

use common::findings::check;

#[test]
fn text_that_is_not_hcl() {
    check(&[
        (
            r#"locals { a = count b }
provider "mesos" {}
"#,
            &[
                r#"config::undeclared [1:count] `count` alone refers to nothing ? write `count.index`"#,
                r#"config::syntax [1:b] a `}` is expected here ? write each argument on a line of its own"#,
            ],
        ),
        (
            r#"pod "web" {
  container "main" {
    command = "sleep 1000
    resources {}
  }
}
provider "mesos" {}
"#,
            &[
                r#"config::syntax [3:"sleep 1000] this quote was never closed ? write `"` at the end of the text; text of several lines is a heredoc: `<<-EOT … EOT`"#,
            ],
        ),
        (
            r#"pod "web" {
  container "main" {
    command = "sleep 1000"
    resources {
      cpus = 1
  }
}
provider "mesos" {}
pod "b" {
  imge = "x
}
"#,
            &[
                r#"config::syntax [4:{] this `{` was never closed ? write the missing `}`"#,
                r#"config::syntax [10:"x] this quote was never closed ? write `"` at the end of the text; text of several lines is a heredoc: `<<-EOT … EOT`"#,
            ],
        ),
        (
            r#"pod "web" {
  labels = { a = "x"
  container "main" {
    resources {}
  }
}
provider "mesos" {}
"#,
            &[r#"config::syntax [2:{] this `{` was never closed ? write the missing `}`"#],
        ),
        (
            r#"pod "web" {
  container "main" {
    command = "x"
    resources { cpus = 0.1, mem = 32 }
    health_check { http { endpoint = "http" } }
    image { id = "a" }
  }
}
"#,
            &[
                r#"config::syntax [4:{ cpus = 0.1, mem = 32 }] a block on one line holds at most one argument ? write each argument on a line of its own, without commas"#,
                r#"config::syntax [5:{ http { endpoint = "http" } }] a block on one line cannot hold another block ? write each argument and block on a line of its own"#,
            ],
        ),
        (
            r#"pod "web" {
  container "main" {
    command : "x"
    resources {}
  }
}
"#,
            &[
                r#"config::syntax [3::] an argument is written with `=`, not `:` ? write `NAME = value`"#,
            ],
        ),
        (
            r#"pod "web" {
  instances = 1;
}
"#,
            &[r#"config::syntax [2:;] `;` has no place here ? an argument ends with its line"#],
        ),
        (
            r#"/* x
pod "web" {}
"#,
            &[r#"config::syntax [1:/*] this comment was never closed ? write `*/` after it"#],
        ),
        (
            r#"pod web {
}}
"#,
            &[
                r#"config::syntax [2:}] this `}` closes nothing ? remove it, or open the bracket before it"#,
            ],
        ),
        (
            r#"pod "web" {
  labels = { a.b = 1 }
}
"#,
            &[
                r#"config::syntax [2:a.b] the key `a.b` is ambiguous ? quote it to name the key (`"a.b"`), or put an expression in parentheses (`(a.b)`)"#,
            ],
        ),
        (
            r#"pod "web" {
  command = "abc
def"
}
"#,
            &[
                r#"config::syntax [2:"abc] a quoted string must end on its line ? close the quote, or write text of several lines as a heredoc: `<<-EOT … EOT`"#,
            ],
        ),
        (
            r#"pod "web" {
  instances == 1
  command = "a ${var.x b"
}
"#,
            &[
                r#"config::syntax [3:${] this `${` was never closed ? write `}` after the expression; a literal `${` is written `$${`"#,
            ],
        ),
        (
            r#"pod "web" {
  command = "date +%{Y}"
}
"#,
            &[
                r#"config::syntax [2:%{] this `%{` begins no `if` and no `for` ? write a literal `%{` as `%%{`"#,
            ],
        ),
    ]);
}

#[test]
fn text_that_is_not_hcl_2() {
    check(&[
        (
            r#"pod "web" {
  command = <<EOT
abc
}
"#,
            &[
                r#"config::syntax [2:<<EOT] this heredoc was never closed: no line is `EOT` alone ? write `EOT` on a line of its own"#,
            ],
        ),
        (
            r#"pod "web" {
  labels = ["a", "b")
}
"#,
            &[r#"config::syntax [2:[] this `[` is not closed by `]` ? write `]` before `)`"#],
        ),
        (
            r#"pod "web" {
  command = "\w"
}
"#,
            &[r#"config::syntax [2:\w] this is no escape sequence ? write a backslash as `\\`"#],
        ),
        (
            r#"pod "web" {
  instances = 1 2
}
"#,
            &[r#"config::syntax [2:2] the line should end here ? write one argument on a line"#],
        ),
        (
            r#"pod "web" {
  instances =
}
"#,
            &[r#"config::syntax [2:] an expression is expected here"#],
        ),
        (
            r#"pod "web" {
  instances = 080
  x = 'abc'
}
"#,
            &[r#"config::syntax [3:'] a text is written in double quotes ? write `"…"`"#],
        ),
        (
            r#"locals { a { b = 1 } }
output "x" {
  value = 1
  precondition {
    condition = 1 == 2
    error_message = "Wrong."
  }
}
"#,
            &[
                r#"config::syntax [1:{ a { b = 1 } }] a block on one line cannot hold another block ? write each argument and block on a line of its own"#,
            ],
        ),
        (
            r#"pod "web" {
  container "a"
    command = "x"
  }
}
"#,
            &[
                r#"config::syntax [5:}] this `}` closes nothing ? remove it, or open the bracket before it"#,
            ],
        ),
        (
            r#"pod "web" {
  container = a" {
  }
}
"#,
            &[
                r#"config::syntax [2:" {] this quote was never closed ? write `"` at the end of the text; text of several lines is a heredoc: `<<-EOT … EOT`"#,
                r#"config::syntax [4:}] this `}` closes nothing ? remove it, or open the bracket before it"#,
            ],
        ),
        (
            r#"pod "web"
{
}
"#,
            &[
                r#"config::syntax [1:] the block's `{` is missing here ? write `{` on the line of the block's name"#,
            ],
        ),
        (
            r#"pod "web" {
  labels = { a = "1" b = "2" }
}
"#,
            &[r#"config::syntax [2:b] a `,` or a new line is expected here"#],
        ),
    ]);
}

#[test]
fn text_that_is_not_hcl_3() {
    check(&[
        (
            r#"pod "web" {
  argv = ["a" "b"]
}
"#,
            &[r#"config::syntax [2:"] expected `,` or `]`"#],
        ),
        (
            r#"pod "web" {
  instances = (1 + 2
}
"#,
            &[r#"config::syntax [2:(] this `(` is not closed by `)` ? write `)` before `}`"#],
        ),
        (
            r#"pod "web" {
  command = upper("a"
}
"#,
            &[r#"config::syntax [2:(] this `(` is not closed by `)` ? write `)` before `}`"#],
        ),
        (
            r#"pod "web" {
  instances = if x
}
"#,
            &[r#"config::syntax [2:x] the line should end here ? write one argument on a line"#],
        ),
        (
            r#"pod "web" {
  command = "x${}"
}
"#,
            &[r#"config::syntax [2:}] an expression is expected here"#],
        ),
        (
            r#"pod "web" {
  command = "%{ if true }a"
}
"#,
            &[
                r#"config::syntax [2:%{] this `%{ if … }` was never closed ? write `%{ endif }` after it"#,
            ],
        ),
        (
            r#"pod "web" {
  container "a" { command = "x"
    resources {}
  }
}
"#,
            &[
                r#"config::syntax [2:{ command = "x"] a block on one line cannot hold another block ? write each argument and block on a line of its own"#,
            ],
        ),
        (
            r#"pod "web" {
  container "a" {
    command = "x" }
}
"#,
            &[r#"config::syntax [3:}] the line should end here ? write one argument on a line"#],
        ),
    ]);
}

#[test]
fn declarations_that_are_wrong() {
    check(&[
        (
            r#"pod "web" {
  container "main" {
    command = "x"
    command = "y"
    resources {}
  }
}
"#,
            &[r#"config::duplicate [4:command] `command` is written twice"#],
        ),
        (
            r#"a = 1
foo "x" {}
container "a" {}
resource "x" "y" {}
podd "x" {}
module "x" { source = "y" }
pod {}
pod "a" "b" {}
pod "1a" {}
data "pods" "x" { id = "y" }
dynamic "x" {}
"#,
            &[
                r#"config::unknown_attribute [1:a] `a` stands outside of any block ? put it into a block; the values of variables belong into `podform.pfvars.hcl`"#,
                r#"config::unknown_block [2:foo] no block of type `foo` may stand here ? use one of `podform`, `provider`, `pod`, `data`, `module`, `variable`, `locals`, `output`, `check`, `moved`, `removed`, `import`"#,
                r#"config::unknown_block [3:container] no block of type `container` may stand here ? put `container` into a `pod "NAME" { … }` block"#,
                r#"config::unknown_block [4:resource] no block of type `resource` may stand here ? declare a pod as `pod "NAME" { … }`"#,
                r#"config::unknown_block [5:podd] no block of type `podd` may stand here ? did you mean `pod`?"#,
                r#"config::module_source [6:"y"] `y` is not the source of a module: it is neither a folder nor a URL ? for a folder write `./y`"#,
                r#"config::labels [7:pod] `pod` takes one label, found 0 ? write `pod "NAME" { … }`"#,
                r#"config::labels [8:"b"] `pod` takes one label, found 2 ? write `pod "NAME" { … }`"#,
                r#"config::labels [9:"1a"] `1a` is not a name"#,
                r#"config::labels [10:"pods"] `pods` cannot be read ? write `data "pod" "x" { … }`"#,
                r#"config::unknown_block [11:dynamic] no block of type `dynamic` may stand here ? use one of `podform`, `provider`, `pod`, `data`, `module`, `variable`, `locals`, `output`, `check`, `moved`, `removed`, `import`"#,
            ],
        ),
        (
            r#"provider "mesos" {}
pod "web" {
  imge = "x"
  scaling = 3
  cpus = 1
  containers = []
  resources {}
  depend_on = []
  environment { A = 1 }
  lifecycl {}
  upgrade = {}
  id = "/a"
  container "Main" {
    comand = "x"
    forcePull = true
    resource {}
    image { name = "x" }
    endpoint {}
    dynamic "endpoint" {}
  }
  container "Main" {
    command = "x"
    argv = ["x"]
    resources {}
    resources {}
  }
}
"#,
            &[
                r#"config::unknown_attribute [3:imge] unknown attribute `imge` ? `image` belongs into `container`"#,
                r#"config::unknown_attribute [4:scaling] unknown attribute `scaling` ? did you mean `instances`?"#,
                r#"config::unknown_attribute [5:cpus] unknown attribute `cpus` ? `cpus` belongs into `resources` of `container`"#,
                r#"config::unknown_attribute [6:containers] unknown attribute `containers` ? did you mean `container`?"#,
                r#"config::unknown_block [7:resources] unknown block `resources` ? `resources` belongs into `container`"#,
                r#"config::unknown_attribute [8:depend_on] unknown attribute `depend_on` ? did you mean `depends_on`?"#,
                r#"config::invalid_value [9:environment] `environment` is an attribute, not a block ? write `environment = …`, with `=`"#,
                r#"config::unknown_block [10:lifecycl] unknown block `lifecycl` ? did you mean `lifecycle`?"#,
                r#"config::invalid_value [11:upgrade] `upgrade` is a block, not an attribute ? write `upgrade { … }`, without `=`"#,
                r#"config::missing_attribute [13:container "Main"] `container` needs the block `resources` ? add `resources {}`"#,
                r#"config::invalid_value [13:"Main"] `Main` is not a name: 1 to 63 lower-case letters, digits and `-`, not at its ends"#,
                r#"config::unknown_attribute [14:comand] unknown attribute `comand` ? did you mean `command`?"#,
                r#"config::unknown_attribute [15:forcePull] unknown attribute `forcePull` ? `force_pull` belongs into `image`"#,
                r#"config::unknown_block [16:resource] unknown block `resource` ? did you mean `resources`?"#,
                r#"config::missing_attribute [17:image] `image` needs the attribute `id` ? add `id = …`"#,
                r#"config::unknown_attribute [17:name] unknown attribute `name` ? use one of `id`, `kind`, `force_pull`, `pull_secret`, `labels`"#,
                r#"config::labels [18:endpoint] `endpoint` takes one label, found 0 ? write `endpoint "NAME" { … }`"#,
                r#"config::missing_attribute [19:dynamic "endpoint"] `dynamic` needs the attribute `for_each` ? add `for_each = …`"#,
                r#"config::missing_attribute [19:dynamic "endpoint"] a `dynamic` of `endpoint` needs `labels` ? add `labels = [endpoint.key]`: the name of each block"#,
                r#"config::missing_attribute [19:dynamic "endpoint"] `dynamic` needs the block `content` ? add `content { … }`, with what each block holds"#,
                r#"config::invalid_value [21:"Main"] `Main` is not a name: 1 to 63 lower-case letters, digits and `-`, not at its ends"#,
                r#"config::duplicate [21:"Main"] two `container` blocks are named `Main`"#,
                r#"config::invalid_value [23:argv] `command` and `argv` exclude one another"#,
                r#"config::duplicate [25:resources] `resources` may stand only once here"#,
            ],
        ),
        (
            r#"provider "mesos" {}
locals {
  a = var.nothing
  b = local.c
  c = local.b
  d = loca.x
  e = true ? 1 : undefined
  f = each.key
  g = count.index
  h = self.id
  i = secret.x
  j = upperr("x")
  k = templatefile("x", {})
  l = var
  m = path.home
  n = terraform.workspace
  o = module.x.y
  p = pod.web.id
  q = tru
  r = uper("x")
}
variable "nothin" {}
"#,
            &[
                r#"config::undeclared [3:var.nothing] `var.nothing` is not declared ? did you mean `var.nothin`?"#,
                r#"config::cycle [4:local.c] these refer to one another in a circle: `local.b` → `local.c` → `local.b`"#,
                r#"config::undeclared [6:loca] `loca` refers to nothing ? did you mean `local`?"#,
                r#"config::undeclared [7:undefined] `undefined` refers to nothing ? a text is quoted: `"undefined"`; a variable is written `var.undefined`"#,
                r#"config::undeclared [8:each.key] `each` has no value here ? use it in a block with `for_each`, or name the value in another way"#,
                r#"config::undeclared [9:count.index] `count.index` has no value here ? use it in a block with `count`, or name the value in another way"#,
                r#"config::undeclared [10:self] `self` has no value here ? use it in a `postcondition`; elsewhere use a local"#,
                r#"config::undeclared [11:secret.x] `secret` has no value here ? refer to a secret only within the pod that declares it"#,
                r#"config::unknown_function [12:upperr] no function is named `upperr` ? did you mean `upper`?"#,
                r#"config::undeclared [14:var] `var` alone refers to nothing ? write `var.NAME`"#,
                r#"config::undeclared [15:path.home] there is no `path.home` ? use `path.module`, `path.root` or `path.cwd`"#,
                r#"config::undeclared [16:terraform.workspace] there is no `terraform.workspace` ? use `podform.workspace`"#,
                r#"config::undeclared [17:module.x] `module.x` is not declared ? declare it: `module "x" { source = "./…" }`"#,
                r#"config::undeclared [18:pod.web] `pod.web` is not declared ? declare it: `pod "web" { … }`"#,
                r#"config::undeclared [19:tru] `tru` refers to nothing ? did you mean `true`? A text is quoted: `"tru"`"#,
                r#"config::unknown_function [20:uper] no function is named `uper` ? did you mean `upper`?"#,
            ],
        ),
        (
            r#"variable "x" {
  type = sting
}
variable "y" {
  type = "string"
}
variable "z" {
  type = list
  default = "a"
}
variable "w" {
  type = number
  default = "a"
  validation {
    condition = true
  }
  sensitve = true
}
variable "w" {}
variable "v" {
  default = local.x
}
variable "u" {
  validation {
    condition = local.x
    error_message = "x"
  }
}
variable "t" {
  type = object({ a = strin })
}
output "o" {}
"#,
            &[
                r#"config::invalid_value [2:sting] `sting` is not a type ? did you mean `string`?"#,
                r#"config::invalid_value [5:"string"] a type is written without quotes, found "string" ? write `type = string`"#,
                r#"config::invalid_value [8:list] `list` needs the type of what it holds ? write `list(string)`"#,
                r#"config::invalid_value [13:"a"] the default of `var.w` does not fit: expected a number, found the text "a""#,
                r#"config::missing_attribute [14:validation] `validation` needs the attribute `error_message` ? add `error_message = …`"#,
                r#"config::unknown_attribute [17:sensitve] unknown attribute `sensitve` ? did you mean `sensitive`?"#,
                r#"config::duplicate [19:"w"] `var.w` is declared twice"#,
                r#"config::invalid_value [21:local.x] the default of a variable must be a literal value"#,
                r#"config::undeclared [25:local.x] `local.x` is not declared ? declare it: `locals { x = … }`"#,
                r#"config::invalid_value [25:local.x] a validation of `var.u` must look at its value ? refer to `var.u` in the condition"#,
                r#"config::invalid_value [30:strin] `strin` is not a type ? did you mean `string`?"#,
                r#"config::missing_attribute [32:output "o"] `output` needs the attribute `value` ? add `value = …`"#,
            ],
        ),
        (
            r#"pod "web" {
  container "a" {
    command = "a ${HOME} b"
    argv = [undefined, truee]
    resources {}
  }
}
"#,
            &[
                r#"config::undeclared [3:HOME] `HOME` refers to nothing ? for the shell's own variable write `$${HOME}` or `$HOME`"#,
                r#"config::invalid_value [4:argv] `command` and `argv` exclude one another"#,
                r#"config::undeclared [4:undefined] `undefined` refers to nothing ? a text is quoted: `"undefined"`; a variable is written `var.undefined`"#,
                r#"config::undeclared [4:truee] `truee` refers to nothing ? did you mean `true`? A text is quoted: `"truee"`"#,
            ],
        ),
        (
            r#"pod "web" {
  imge = "x"
  cpus = 1
  forcePull = true
  container "a" {
    instances = 2
    resources {}
  }
}
"#,
            &[
                r#"config::unknown_attribute [2:imge] unknown attribute `imge` ? `image` belongs into `container`"#,
                r#"config::unknown_attribute [3:cpus] unknown attribute `cpus` ? `cpus` belongs into `resources` of `container`"#,
                r#"config::unknown_attribute [4:forcePull] unknown attribute `forcePull` ? `force_pull` belongs into `image` of `container`"#,
                r#"config::unknown_attribute [6:instances] unknown attribute `instances` ? `instances` belongs into `pod` itself"#,
            ],
        ),
        (
            r#"provider "mesos" {}
pod "web" {
  instances = "many"
  labels = { a = [1] }
  environment = { "1x" = "a", B = null }
  kill_selection = "never"
  unreachable { inactive_after = "5 parsecs" }
  container "main" {
    command = null
    resources {
      cpus = -1
      mem = "1 parsec"
    }
    tty = "maybe"
    limits { cpus = "lots" }
    artifact { uri = null }
    endpoint "http" { container_port = 99999 }
  }
}
"#,
            &[
                r#"config::invalid_value [3:"many"] `instances`: expected a number, found the text "many""#,
                r#"config::invalid_value [4:a = [1]] `labels`: `a`: expected a string, found a list"#,
                r#"config::invalid_value [5:"1x" = "a"] `environment`: `1x` is not the name of an environment variable: letters, digits and `_`, not a digit first, at most 254"#,
                r#"config::invalid_value [6:"never"] `kill_selection`: expected one of `YOUNGEST_FIRST`, `OLDEST_FIRST`, found "never""#,
                r#"config::invalid_value [7:"5 parsecs"] `inactive_after`: expected a duration: text with a unit as `"90s"` (ms, s, m, h, d, w), or a number of seconds, found "5 parsecs""#,
                r#"config::invalid_value [11:-1] `cpus`: must be 0.001 or more, is -1"#,
                r#"config::invalid_value [12:"1 parsec"] `mem`: expected a number of MiB, or text with a unit (kb, mb, gb, KiB, MiB, GiB), found the unit `parsec`"#,
                r#"config::invalid_value [14:"maybe"] `tty`: expected true or false, found a string"#,
                r#"config::invalid_value [15:"lots"] `cpus`: expected a number, found the text "lots""#,
                r#"config::missing_attribute [16:null] `uri` must not be null"#,
                r#"config::invalid_value [17:99999] `container_port`: must be from 1 to 65535, is 99999"#,
            ],
        ),
        (
            r#"provider "mesos" {}
pod "x_y" {
  count = -1
  container "a" {
    command = "x"
    resources {}
  }
}
pod "X" {
  container "a" {
    command = "x"
    resources {}
  }
}
pod "b" {
  for_each = ["a"]
  container "a" {
    command = "x"
    resources {}
  }
}
pod "c" {
  count = 1
  for_each = toset(["a"])
  provider = "mesos"
  depends_on = ["pod.b", pod.nope]
  container "a" {
    command = "x"
    resources {}
  }
}
"#,
            &[
                r#"config::invalid_value [24:for_each] `count` and `for_each` exclude one another"#,
                r#"config::provider_choice [25:"mesos"] `provider` names a provider, without quotes ? write `provider = mesos`, or `provider = mesos.ALIAS`"#,
                r#"config::invalid_value [26:"pod.b"] `depends_on` holds references to pods or modules, as `pod.db`"#,
                r#"config::undeclared [26:pod.nope] `pod.nope` is not declared ? declare it: `pod "nope" { … }`"#,
            ],
        ),
        (
            r#"provider "mesos" {}
pod "a" {
  environment = { X = pod.b.id }
  container "a" {
    command = "x"
    resources {}
  }
}
pod "b" {
  environment = { X = pod.a.id, Y = "x-${secret.s}", Z = secret.t }
  secret "s" { source = "/s" }
  container "a" {
    command = secret.s
    resources {}
  }
}
"#,
            &[
                r#"config::cycle [3:pod.b] these refer to one another in a circle: `pod.a` → `pod.b` → `pod.a`"#,
                r#"config::undeclared [10:secret.t] `secret.t` is not declared ? did you mean `secret.s`?"#,
            ],
        ),
        (
            r#"provider "mesos" {}
provider "mesos" {}
provider "marathon" { alias = "x" }
pod "a" {
  provider = marathon.y
  timeouts { create = "soon" }
  lifecycle {
    prevent_destroy = var.x
    ignore_changes = [imge, "x"]
  }
  container "a" {
    resources {}
  }
}
"#,
            &[
                r#"config::duplicate [2:"mesos"] provider `mesos` is declared twice ? give one of them an `alias`"#,
                r#"config::invalid_value [8:var.x] `prevent_destroy` must be `true` or `false`, written out"#,
                r#"config::unknown_attribute [9:imge] a pod has no attribute `imge`"#,
                r#"config::invalid_value [9:"x"] `ignore_changes` holds attributes, as `instances` or `labels["team"]`"#,
            ],
        ),
        (
            r#"podform {
  required_version = 1
  required_providers {
    mesos = { source = var.x, versio = "1" }
  }
  backend "local" { path = local.x }
  backend "s3" {}
  encryption {}
  foo = 1
}
variable "secret" {
  sensitive = true
}
"#,
            &[
                r#"config::invalid_value [2:1] `required_version` must be a literal text"#,
                r#"config::invalid_value [4:{ source = var.x, versio = "1" }] `mesos` must be `{ source = "…", version = "…" }`, written out"#,
                r#"config::invalid_value [6:local.x] the settings of a backend must be literal values"#,
                r#"config::duplicate [7:backend "s3"] only one `backend` may be chosen"#,
                r#"config::unsupported [8:encryption] this release does not encrypt the state ? remove `encryption`; secret and sensitive values are not in the state anyway"#,
                r#"config::unknown_attribute [9:foo] unknown attribute `foo` ? use one of `required_version`"#,
            ],
        ),
    ]);
}

#[test]
fn declarations_that_are_wrong_2() {
    check(&[
        (
            r#"provider "mesos" {}
pod "web" {
  environment = { Y = "x-${secret.s}", Z = upper(secret.s), Q = jsonencode([secret.s]) }
  secret "s" { source = "/s" }
  container "a" {
    command = secret.s
    resources {}
    environment = { X = secret["nope"] }
  }
}
"#,
            &[
                r#"config::undeclared [8:secret["nope"]] `secret.nope` is not declared ? declare it in the pod: `secret "nope" { source = "…" }`"#,
            ],
        ),
        (
            r#"provider "mesos" {}
pod "web" {
  environment = { Y = "x-${secret.s}", Z = upper(secret.s), Q = jsonencode([secret.s]) }
  secret "s" { source = "/s" }
  container "a" {
    command = secret.s
    resources {}
  }
}
output "x" { value = "a" }
output "y" { value = secret.s }
"#,
            &[
                r#"config::undeclared [11:secret.s] `secret` has no value here ? refer to a secret only within the pod that declares it"#,
            ],
        ),
        (
            r#"pod "web" {
  container "a" {
    command = "x"
    resources {}
  }
}
"#,
            &[
                r#"config::provider_choice [1:pod "web"] no provider is configured ? add `provider "mesos" {}`"#,
            ],
        ),
        (
            r#"provider "mesos" {}
variable "keys" {
  default   = ["a"]
  sensitive = true
}
pod "web" {
  for_each = toset(var.keys)
  container "a" {
    command = "x"
    resources {}
  }
}
pod "b" {
  count = null
  container "a" {
    command = "x"
    resources {}
  }
}
pod "c" {
  count = "many"
  container "a" {
    command = "x"
    resources {}
  }
}
pod "d" {
  count = 1.5
  container "a" {
    command = "x"
    resources {}
  }
}
pod "e" {
  for_each = toset([1])
  enabled = "x"
  container "a" {
    command = "x"
    resources {}
  }
}
"#,
            &[r#"config::invalid_value [36:enabled] `for_each` and `enabled` exclude one another"#],
        ),
        (
            r#"provider "mesos" {}
pod "web" {
  id = "/Upper"
  container "a" {
    command = "x"
    resources {}
    volume_mount "data" { path = "x" }
    health_check {
      http { endpoint = "http" }
      interval = "5s"
      timeout = "5s"
    }
  }
}
pod "Upper" {
  container "a" {
    command = "x"
    resources {}
  }
}
"#,
            &[
                r#"config::invalid_value [3:"/Upper"] `id`: path element `Upper` must consist of lower-case letters, digits and `-` (not at its ends), joined by `.`"#,
                r#"config::invalid_value [15:pod "Upper"] the name `pod.Upper` makes no valid id: path element `Upper` must consist of lower-case letters, digits and `-` (not at its ends), joined by `.` ? write an `id`, as `id = "/shop/web"`"#,
            ],
        ),
        (
            r#"provider "mesos" {}
pod "web" {
  volume "v" {
    host = "/x"
    secret = secret.s
  }
  secret "s" { source = "/s" }
  container "a" {
    command = "x"
    resources {}
    volume_mount "v" { path = "x" }
  }
  container "a" {
    command = "x"
    resources {}
  }
}
"#,
            &[
                r#"config::invalid_value [5:secret] `host` and `secret` exclude one another"#,
                r#"config::duplicate [13:"a"] two `container` blocks are named `a`"#,
            ],
        ),
        (
            r#"provider "mesos" {
  masters = [for p in [1] : pod.web.id]
}
pod "web" {
  id = pod.b.id
  timeouts {
    create = "soon"
    update = 0
    create_all = 1
  }
  container "a" {
    command = "x"
    resources {}
  }
}
pod "b" {
  depends_on = [pod.b]
  container "a" {
    command = "x"
    resources {}
  }
}
"#,
            &[
                r#"config::invalid_value [2:[for p in [1] : pod.web.id]] the settings of a provider cannot refer to pods"#,
                r#"config::invalid_value [5:pod.b.id] the `id` of a pod cannot refer to other pods"#,
                r#"config::unknown_attribute [9:create_all] unknown attribute `create_all` ? use one of `create`, `update`, `delete`"#,
                r#"config::cycle [17:pod.b] `pod.b` refers to itself ? use `self` in a postcondition, or a local"#,
            ],
        ),
        (
            r#"provider "mesos" {}
pod "web" {
  timeouts {
    create = "soon"
    update = 0
  }
  lifecycle {
    precondition {
      condition     = path.root == ""
      error_message = "No."
    }
  }
  lifecycle {}
  container "a" {
    command = "x"
    resources {}
  }
}
"#,
            &[r#"config::duplicate [13:lifecycle] `lifecycle` may stand only once here"#],
        ),
        (
            r#"locals {
  a = null + 1
  b = { a = 1 }.b.c
  c = [1, 2, 3].x
  d = nosuch::function(1)
  e = upper("a", "b")
  f = format("%d", "x")
  g = try()
  h = can()
  i = true ? "a" : [1]
  j = !"maybe"
  k = -"x"
  l = 1 / 0
}
"#,
            &[
                r#"config::unknown_function [5:nosuch::function] `nosuch::function` is no function: providers have none"#,
            ],
        ),
        (
            r#"provider {}
provider "a" "b" {}
provider "mesos" {
  alias = var.x
  for_each = {}
}
variable "count" {}
locals "x" {
  a = 1
  a = 2
}
"#,
            &[
                r#"config::labels [1:provider] `provider` takes one label, found 0 ? write `provider "mesos" { … }`"#,
                r#"config::labels [2:"b"] `provider` takes one label, found 2 ? write `provider "mesos" { … }`"#,
                r#"config::invalid_value [4:var.x] `alias` must be a literal text"#,
                r#"config::invalid_value [7:"count"] a variable cannot be named `count`"#,
                r#"config::labels [8:"x"] `locals` takes no label, found 1 ? write `locals { … }`"#,
                r#"config::duplicate [10:a] `a` is written twice"#,
            ],
        ),
        (
            r#"locals {
  a = 1
}
locals {
  a = 2
}
"#,
            &[r#"config::duplicate [5:a] `local.a` is declared twice"#],
        ),
    ]);
}

#[test]
fn values_that_are_wrong() {
    check(&[
        (
            r#"provider "mesos" {}
variable "n" {
  default = 3
}
locals {
  list = ["a"]
  obj = { web = 1 }
  a = local.list[var.n]
  b = local.obj.wob
  c = var.n.x
  d = "x${local.list}"
  e = var.n + "z"
  f = [for x in var.n : x]
  g = merge(local.obj, local.list)
  h = local.obj["nope"]
  i = length(var.n, 2)
  j = local.obj[var.n]
}
output "x" {
  value = { for k in ["a", "a"] : k => 1 }
}
"#,
            &[
                r#"config::evaluation [8:var.n] `local.list` has no item 3: its only item is 0"#,
                r#"config::evaluation [9:.wob] `local.obj` has no attribute `wob` ? did you mean `web`?"#,
                r#"config::evaluation [10:var.n] `var.n` is a number, so it has no attribute `x`"#,
                r#"config::evaluation [11:local.list] a list cannot be put into text ? make text of it, for example with `join(",", …)` or `jsonencode(…)`"#,
                r#"config::evaluation [12:"z"] expected a number, found the text "z""#,
                r#"config::evaluation [13:var.n] a `for` goes through a list, set, map or object, not a number"#,
                r#"config::evaluation [14:local.list] `merge`: expected a map or object, found a list"#,
                r#"config::evaluation [15:"nope"] `local.obj` has no attribute `nope` ? use one of `web`"#,
                r#"config::evaluation [16:length(var.n, 2)] `length` takes 1 argument ? write it as `length(value)`"#,
                r#"config::evaluation [17:var.n] `local.obj` has no attribute of this key"#,
                r#"config::evaluation [20:k] two items of the `for` have the key "a" ? write `...` after the value to group the items by key"#,
            ],
        ),
        (
            r#"provider "mesos" {}
pod "a" {
  count = 2
  id = "/same"
  container "a" {
    command = "x"
    resources {}
  }
}
pod "b" {
  id = "/same/child"
  container "a" {
    command = pod.a.id
    resources {}
    environment = { X = pod.a[5].id, Y = pod.a[0].imge, Z = pod.a[0].endpoint["http"].port }
    volume_mount "data" { path = "x" }
  }
}
pod "d" {
  for_each = pod.a[0].version
  container "a" {
    command = "x"
    resources {}
  }
}
"#,
            &[
                r#"config::duplicate_id [4:"/same"] 2 pods have the id `/same` ? give each its own `id`; with `for_each` or `count` put `each.key` or `count.index` into it"#,
                r#"config::duplicate_id [4:"/same"] the id `/same` of one pod is the parent of `/same/child` of another ? give the first an id of its own"#,
                r#"config::evaluation [13:pod.a] `pod.a` is one pod for each index of its `count` ? pick one as `pod.a[0].id`"#,
                r#"config::evaluation [15:5] `pod.a` has no instance 5: its count is 2"#,
                r#"config::undeclared [15:.imge] `imge` of another pod cannot be read ? read one of `id`, `version`, `instance`, `endpoint`, `network_ips`; put what both pods share into a local"#,
                r#"config::evaluation [15:"http"] `pod.a[0].endpoint` has no attribute `http`"#,
                r#"config::evaluation [20:pod.a[0].version] `for_each` must be known before anything is planned ? use values from the configuration, not what other pods compute"#,
            ],
        ),
        (
            r#"provider "mesos" {}
variable "n" {
  type = number
  default = 0
  validation {
    condition     = var.n > 0
    error_message = "At least one, not ${var.n}."
  }
}
variable "m" {}
pod "web" {
  instances = var.n
  labels = { m = var.m }
  container "a" {
    command = "x"
    resources {}
  }
}
"#,
            &[
                r#"config::validation [6:var.n > 0] the value of `var.n` is not valid"#,
                r#"config::variable [10:"m"] `var.m` has no value ? pass one with `-var m=…`, or write `m = …` into `podform.pfvars.hcl`"#,
            ],
        ),
        (
            r#"provider "mesos" {}
pod "d" {
  enabled = "x"
  container "a" {
    command = "x"
    resources {}
  }
}
pod "e" {
  for_each = "abc"
  container "a" {
    command = "x"
    resources {}
  }
}
"#,
            &[
                r#"config::evaluation [3:"x"] `enabled` must be true or false"#,
                r#"config::evaluation [10:"abc"] `for_each` takes a map or a set of strings, found a string"#,
            ],
        ),
        (
            r#"locals {
  e = upper("a", "b")
  f = format("%d", "x")
  g = try()
  h = can()
  i = true ? "a" : [1]
  j = !"maybe"
  k = -"x"
  l = 1 / 0
  m = upper([]...)
  n = upper("a"...)
  o = jsondecode("{")
  p = regex("[", "a")
  q = pow(10, 5000)
  r = range(10000)
  s = zipmap(["a"], [])
  t = substr("a", 0.5, 1)
  u = setproduct(range(1000), range(1000))
  v = element([1], -1)
  w = sum(["a"])
  x = tomap([1])
  y = lower(null)
  z = parseint("1", 99)
}
"#,
            &[
                r#"config::evaluation [2:upper("a", "b")] `upper` takes 1 argument ? write it as `upper(string)`"#,
                r#"config::evaluation [3:"x"] `format`: `%d`: expected a number, found the text "x""#,
                r#"config::evaluation [4:try()] `try` takes one argument or more"#,
                r#"config::evaluation [5:can()] `can` takes one argument"#,
                r#"config::evaluation [6:true ? "a" : [1]] both results of a conditional must have one type"#,
                r#"config::evaluation [7:"maybe"] a condition must be true or false: expected true or false, found the text "maybe""#,
                r#"config::evaluation [8:"x"] expected a number, found the text "x""#,
                r#"config::evaluation [9:1 / 0] division by zero"#,
                r#"config::evaluation [10:upper([]...)] `upper` takes 1 argument ? write it as `upper(string)`"#,
                r#"config::evaluation [11:"a"] `...` expands a list, found a string"#,
                r#"config::evaluation [12:"{"] `jsondecode`: not JSON: expected a key in quotes at line 1, column 2"#,
                r#"config::evaluation [13:"["] `regex`: not a regular expression: `[` is not closed"#,
                r#"config::evaluation [14:pow(10, 5000)] `pow`: the result is not a finite number"#,
                r#"config::evaluation [15:range(10000)] `range`: a range has at most 1024 numbers"#,
                r#"config::evaluation [16:zipmap(["a"], [])] `zipmap`: needs as many keys as values, found 1 and 0"#,
                r#"config::evaluation [17:0.5] `substr`: expected a whole number of at most 64 bits, found 0.5"#,
                r#"config::evaluation [18:setproduct(range(1000), range(1000))] `setproduct`: the result has more than 1000000 items"#,
                r#"config::evaluation [19:-1] `element`: the index must not be less than 0"#,
                r#"config::evaluation [20:["a"]] `sum`: expected a list of numbers, found a string in it"#,
                r#"config::evaluation [21:[1]] `tomap`: expected a map, found a list"#,
                r#"config::evaluation [22:null] `lower`: an argument must not be null"#,
                r#"config::evaluation [23:99] `parseint`: the base must be a whole number from 2 to 62"#,
            ],
        ),
        (
            r#"output "x" {
  value = 1
  precondition {
    condition = path.root == ""
    error_message = "Wrong."
  }
}
"#,
            &[r#"plan::condition [4:path.root == ""] the precondition of `output.x` is not met"#],
        ),
    ]);
}
