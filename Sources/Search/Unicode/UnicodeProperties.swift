/// Binary properties by their names, as the standard library knows them.
enum UnicodeProperties {
    static func named(_ name: String) -> ((Unicode.Scalar.Properties) -> Bool)? {
        switch name {
        case "alphabetic", "alpha": { $0.isAlphabetic }
        case "asciihexdigit", "ahex": { $0.isASCIIHexDigit }
        case "bidicontrol", "bidic": { $0.isBidiControl }
        case "bidimirrored", "bidim": { $0.isBidiMirrored }
        case "cased": { $0.isCased }
        case "caseignorable", "ci": { $0.isCaseIgnorable }
        case "changeswhenlowercased", "cwl": { $0.changesWhenLowercased }
        case "changeswhenuppercased", "cwu": { $0.changesWhenUppercased }
        case "changeswhentitlecased", "cwt": { $0.changesWhenTitlecased }
        case "changeswhencasefolded", "cwcf": { $0.changesWhenCaseFolded }
        case "changeswhencasemapped", "cwcm": { $0.changesWhenCaseMapped }
        case "dash": { $0.isDash }
        case "defaultignorablecodepoint", "di": { $0.isDefaultIgnorableCodePoint }
        case "deprecated", "dep": { $0.isDeprecated }
        case "diacritic", "dia": { $0.isDiacritic }
        case "emoji": { $0.isEmoji }
        case "emojimodifier", "emod": { $0.isEmojiModifier }
        case "emojimodifierbase", "ebase": { $0.isEmojiModifierBase }
        case "emojipresentation", "epres": { $0.isEmojiPresentation }
        case "extender", "ext": { $0.isExtender }
        case "graphemebase", "grbase": { $0.isGraphemeBase }
        case "graphemeextend", "grext": { $0.isGraphemeExtend }
        case "hexdigit", "hex": { $0.isHexDigit }
        case "idcontinue", "idc": { $0.isIDContinue }
        case "idstart", "ids": { $0.isIDStart }
        case "ideographic", "ideo": { $0.isIdeographic }
        case "joincontrol", "joinc": { $0.isJoinControl }
        case "logicalorderexception", "loe": { $0.isLogicalOrderException }
        case "lowercase", "lower": { $0.isLowercase }
        case "math": { $0.isMath }
        case "noncharactercodepoint", "nchar": { $0.isNoncharacterCodePoint }
        case "patternsyntax", "patsyn": { $0.isPatternSyntax }
        case "patternwhitespace", "patws": { $0.isPatternWhitespace }
        case "quotationmark", "qmark": { $0.isQuotationMark }
        case "radical": { $0.isRadical }
        case "sentenceterminal", "sterm": { $0.isSentenceTerminal }
        case "softdotted", "sd": { $0.isSoftDotted }
        case "unifiedideograph", "uideo": { $0.isUnifiedIdeograph }
        case "uppercase", "upper": { $0.isUppercase }
        case "variationselector", "vs": { $0.isVariationSelector }
        case "xidcontinue", "xidc": { $0.isXIDContinue }
        case "xidstart", "xids": { $0.isXIDStart }
        default: nil
        }
    }
}
