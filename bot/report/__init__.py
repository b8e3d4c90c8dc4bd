"""One wording for every face: terminal, page, mail and log say the same about a plan.

Read in this order:

    amounts   numbers, amounts and moments as text, in plain ASCII
    say       a plan in sentences
    tables    a plan in rows, which every face lays out in its own way
    history   the rows of what happened over time
    tca       what orders cost against their plans; its figures and its page in cost_*
    letter    what one mail says, before it is text or HTML
    text      sentences and rows on paper 80 columns wide
    plots     pictures, drawn with matplotlib
    html      pages; the only room of jinja2
    whatif    what a plan would be otherwise: figures, tables, pictures and a page
"""
